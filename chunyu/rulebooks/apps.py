from django.apps import AppConfig
from django.db.models.signals import post_migrate


class RulebooksConfig(AppConfig):
    name = "chunyu.rulebooks"

    def ready(self) -> None:
        from chunyu.rulebooks import shipped

        # A rulebook that came with this release stays readable after the next one changed it.
        post_migrate.connect(shipped.keep_all, sender=self, dispatch_uid="rulebooks.shipped")
