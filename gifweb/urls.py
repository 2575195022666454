"""Every address of the site. No trailing slashes, no redirects to one."""

from django.contrib import admin
from django.urls import include, path
from django.views.decorators.csrf import csrf_exempt
from django.views.i18n import set_language

from . import about_pages, health, metrics, signed_media
from .mcp import endpoint

urlpatterns = [
    path("healthz", health.healthz, name="healthz"),
    path("metrics", metrics.metrics, name="metrics"),
    path("privacy", about_pages.privacy, name="privacy"),
    path("status", about_pages.status, name="status"),
    # Without a form token: a page that is only looked at sets no cookie.
    path("language", csrf_exempt(set_language), name="language"),
    path(".well-known/oauth-protected-resource", endpoint.metadata, name="mcp_metadata"),
    path(".well-known/oauth-protected-resource/mcp", endpoint.metadata),
    path("admin/", admin.site.urls),
    path("f/<str:token>/<str:name>", signed_media.stored, name="media_file"),
    # accounts: its addresses begin
    path("", include("gifweb.accounts.urls")),
    path("", include("gifweb.credits.urls")),
    # accounts: its addresses end
    # api: its addresses begin
    path("", include("gifweb.api.urls")),
    # api: its addresses end
    path("", include("gifweb.studio.urls")),
    path("", include("gifweb.renders.urls")),
]

handler400 = "gifweb.errors.bad_request"
handler403 = "gifweb.errors.forbidden"
handler404 = "gifweb.errors.not_found"
handler500 = "gifweb.errors.failed"
handler429 = "gifweb.accounts.rate_limits.too_many"
