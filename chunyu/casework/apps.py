from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules


class CaseworkConfig(AppConfig):
    name = "chunyu.casework"

    def ready(self) -> None:
        autodiscover_modules("process")
