from django.urls import path

from . import share_pages, views

urlpatterns = [
    path("r/<str:public_id>/events", views.events, name="render_events"),
    path("r/<str:public_id>/cancel", views.cancel, name="render_cancel"),
    path("r/<str:public_id>/file", views.file, name="render_file"),
    path("r/<str:public_id>/view", views.view, name="render_view"),
    path("r/<str:public_id>/poster", views.poster, name="render_poster"),
    path("r/<str:public_id>/share", share_pages.share_make, name="share_make"),
    path("s/<str:token>", share_pages.share_page, name="share"),
    path("s/<str:token>/file", share_pages.share_file, name="share_file"),
    path("s/<str:token>/view", share_pages.share_view, name="share_view"),
    path("s/<str:token>/poster", share_pages.share_poster, name="share_poster"),
    path("s/<str:token>/revoke", share_pages.share_revoke, name="share_revoke"),
]
