# The local engine, `make run`, in a container:
#   docker build -t chaos-monkey-engine .
#   docker run --rm -p 127.0.0.1:5000:5000 --stop-timeout 20 -v chaos-state:/home/engine/src/.local/state chaos-monkey-engine
# Publish the port on 127.0.0.1 alone, as here: whoever reaches it can plan attacks.
FROM python:3.11-slim-bookworm

RUN apt-get update \
    && apt-get install --yes --no-install-recommends make curl \
    && rm -rf /var/lib/apt/lists/*
RUN useradd --create-home engine
WORKDIR /home/engine/src
RUN mkdir -p .local/state && chown -R engine .
USER engine
COPY --chown=engine . .
# What `make run` would make first.
RUN make .local/stamp

# The API's proxy listens on every interface of the container, so that a published port leads to it. The local AWS keeps
# to the container's loopback interface.
ENV BIND_HOST=0.0.0.0
EXPOSE 5000
CMD ["make", "run"]
