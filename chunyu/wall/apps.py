from django.apps import AppConfig
from django.db.models.signals import post_migrate


class WallConfig(AppConfig):
    name = "chunyu.wall"

    def ready(self) -> None:
        from chunyu.wall import policies

        # The framework's one hook after all tables exist.
        post_migrate.connect(policies.install, sender=self, dispatch_uid="wall.policies")
