"""A botocore session that is quick to make its first client.

To make a client, botocore asks its loader whether there is such a service, once for each kind of description, and the
loader looks into the folders of all 400 to say so: a fourth of the time that a first client takes. Their names are
known from one look. That a service has no description of that kind is found out when it is loaded.
"""

import os

from botocore.loaders import Loader, instance_cache
from botocore.session import Session


class QuickLoader(Loader):  # type: ignore[misc]  # botocore has no types
    """Takes every folder for a service that has whatever kind of description is asked for."""

    @instance_cache  # type: ignore[untyped-decorator]  # as above
    def list_available_services(self, type_name: str) -> list[str]:
        """The names of all services, sorted, whether or not they have a description of that kind."""
        folders = (path for path in self.search_paths if os.path.isdir(path))
        return sorted({found.name for folder in folders for found in os.scandir(folder) if found.is_dir()})


def session() -> Session:
    """A session for clients that are made one after the other (``clients.client``)."""
    made = Session()
    made.register_component("data_loader", QuickLoader(made.get_config_variable("data_path")))
    return made
