from importlib import import_module

from django.apps import AppConfig


class HardshipConfig(AppConfig):
    name = "chunyu.hardship"

    def ready(self) -> None:
        # The application's own process is found by its place; those of the rooms within are named here.
        import_module("chunyu.hardship.projects.process")
