from django.apps import AppConfig


class Store(AppConfig):
    name = "goodwill.service.store"
    label = "store"
