"""The application, as Django knows it."""

from django.apps import AppConfig


class SyncConfig(AppConfig):
    """The gateways' server. No tables of its own."""

    name = "tillgate.central.sync"
    label = "sync"
