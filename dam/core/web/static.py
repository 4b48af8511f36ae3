"""The few static files of the API's document; the portal's own come from nginx."""

from __future__ import annotations

from django.contrib.staticfiles.views import serve
from django.http import HttpRequest, HttpResponseBase


def asset(request: HttpRequest, path: str) -> HttpResponseBase:
    """Serve one file of the bundled API browser."""
    return serve(request, path, insecure=True)
