"""The room of export, import and mirror."""

from django.apps import AppConfig


class ExchangeConfig(AppConfig):
    name = "exchange"
