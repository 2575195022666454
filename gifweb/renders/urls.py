from django.urls import path

from . import views

urlpatterns = [
    path("renders", views.renders, name="renders"),
    path("r/<str:public_id>", views.render_page, name="render"),
    path("r/<str:public_id>/events", views.events, name="render_events"),
    path("r/<str:public_id>/cancel", views.cancel, name="render_cancel"),
    path("r/<str:public_id>/again", views.again, name="render_again"),
    path("r/<str:public_id>/file", views.file, name="render_file"),
    path("r/<str:public_id>/view", views.view, name="render_view"),
    path("r/<str:public_id>/poster", views.poster, name="render_poster"),
    path("r/<str:public_id>/share", views.share_make, name="share_make"),
    path("s/<str:token>", views.share_page, name="share"),
    path("s/<str:token>/file", views.share_file, name="share_file"),
    path("s/<str:token>/view", views.share_view, name="share_view"),
    path("s/<str:token>/poster", views.share_poster, name="share_poster"),
    path("s/<str:token>/revoke", views.share_revoke, name="share_revoke"),
]
