from django.apps import AppConfig


class StaffConfig(AppConfig):
    name = "chunyu.staff"
