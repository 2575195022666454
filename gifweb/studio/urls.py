from django.urls import path

from . import project_page, views

urlpatterns = [
    path("", views.home, name="home"),
    path("explain", views.explain, name="explain"),
    path("m/<str:public_id>", views.source_view, name="source_view"),
    path("projects", project_page.projects, name="projects"),
    path("p/<str:public_id>", project_page.project, name="project"),
    path("p/<str:public_id>/stage", project_page.stage, name="project_stage"),
    path("p/<str:public_id>/preview/<int:number>", project_page.preview, name="project_preview"),
    path("p/<str:public_id>/say", project_page.say, name="project_say"),
    path("p/<str:public_id>/add", project_page.add, name="project_add"),
    path("p/<str:public_id>/file", project_page.work_on, name="project_file"),
    path("p/<str:public_id>/plan", project_page.plan_view, name="project_plan"),
    path("p/<str:public_id>/layers", project_page.layers_view, name="project_layers"),
    path("p/<str:public_id>/export", project_page.export, name="project_export"),
]
