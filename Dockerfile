# The local engine, `make run`, in a container. It listens on the loopback interface alone, so a published port would
# lead nowhere: it is run in the host's network.
#   docker build -t chaos-monkey-engine .
#   docker run --rm --network host --stop-timeout 20 -v chaos-state:/home/engine/src/.local/state chaos-monkey-engine
# Another port: docker run ... chaos-monkey-engine make run PORT=8080 AWS_PORT=8566
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
RUN make .venv/stamp .local/ministack-venv/stamp .local/lambda-venv/stamp

# The API, and the local AWS.
EXPOSE 5000 4566
CMD ["make", "run"]
