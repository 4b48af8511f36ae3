"""Wiring: every room's routes, the health pages and the API's own document."""

from django.urls import include, path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView

from dam.core.observing import exposition, health
from dam.core.web import static
from dam.core.web.schema_format import FormatInQuery

handler400 = "dam.core.errors.bad_request"
handler404 = "dam.core.errors.not_found"
handler500 = "dam.core.errors.server_error"

urlpatterns = [
    # Before the assets, whose ids would swallow its words.
    path("api/", include("exchange.urls")),
    # Early, because it is asked most and patterns are tried in turn.
    path("api/", include("assets.urls")),
    path("healthz", health.healthz),
    path("readyz", health.readyz),
    path("metrics", exposition.metrics),
    path("_allauth/", include("allauth.headless.urls")),
    path("accounts/", include("allauth.urls")),
    path("api/schema/", SpectacularAPIView.as_view(content_negotiation_class=FormatInQuery), name="schema"),
    path(
        "api/docs/",
        SpectacularSwaggerSplitView.as_view(url_name="schema", template_name="dam/api_docs.html"),
        name="docs",
    ),
    path("api/static/<path:path>", static.asset),
    path("api/", include("orgs.urls")),
    path("api/", include("activity.urls")),
    path("api/", include("jobs.urls")),
    path("api/", include("previews.urls")),
    path("api/", include("ingest.urls")),
    path("api/", include("shares.urls")),
    path("api/", include("comments.urls")),
    path("api/", include("bulk.urls")),
    path("api/", include("similarity.urls")),
    path("_internal/", include("shares.internal_urls")),
]
