from django.apps import AppConfig


class MessagerConfig(AppConfig):
    name = "messager"
