from django.apps import AppConfig
from django.db.models.signals import post_migrate


class FederationConfig(AppConfig):
    name = "chunyu.federation"

    def ready(self) -> None:
        from chunyu.federation import scope

        # The framework's one hook after all tables exist; sent once per app, harmless each time.
        post_migrate.connect(scope.install, dispatch_uid="federation.scope")
