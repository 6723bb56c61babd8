from django.apps import AppConfig
from django.db.models.signals import post_migrate


class PrivacyConfig(AppConfig):
    name = "chunyu.privacy"

    def ready(self) -> None:
        from chunyu.privacy import own_keys

        # Sent once the tables exist; a mark that is there stays.
        post_migrate.connect(own_keys.leave_marks, sender=self, dispatch_uid="privacy.own_keys")
