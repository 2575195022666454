from django.urls import path

from . import views

urlpatterns = [
    path("", views.home, name="home"),
    path("explain", views.explain, name="explain"),
    path("m/<str:public_id>", views.source_view, name="source_view"),
]
