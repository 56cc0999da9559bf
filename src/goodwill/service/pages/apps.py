from django.apps import AppConfig


class Pages(AppConfig):
    name = "goodwill.service.pages"
    label = "pages"
