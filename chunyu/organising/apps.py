from django.apps import AppConfig


class OrganisingConfig(AppConfig):
    name = "chunyu.organising"
