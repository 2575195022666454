from django.urls import path

from . import batch_pages, place_pages, project_page, result_pages, views

urlpatterns = [
    path("", views.home, name="home"),
    path("explain", views.explain, name="explain"),
    path("renders", result_pages.renders, name="renders"),
    path("r/<str:public_id>", result_pages.render_page, name="render"),
    path("r/<str:public_id>/delete", result_pages.delete, name="render_delete"),
    path("places", place_pages.picker, name="places"),
    path("for/<str:key>", place_pages.place, name="place"),
    path("check", place_pages.check, name="check"),
    path("r/<str:public_id>/again", views.again, name="render_again"),
    path("m/<str:public_id>", views.source_view, name="source_view"),
    path("m/<str:public_id>/poster", views.source_poster, name="source_poster"),
    path("b", batch_pages.begin, name="batch_begin"),
    path("b/<str:public_id>", batch_pages.page, name="batch"),
    path("b/<str:public_id>/add", batch_pages.add, name="batch_add"),
    path("b/<str:public_id>/act", batch_pages.act, name="batch_act"),
    path("b/<str:public_id>/zip", batch_pages.archive, name="batch_zip"),
    path("projects", project_page.projects, name="projects"),
    path("p/<str:public_id>", project_page.project, name="project"),
    path("p/<str:public_id>/stage", project_page.stage, name="project_stage"),
    path("p/<str:public_id>/preview", project_page.preview_again, name="project_preview_again"),
    path("p/<str:public_id>/preview/<int:number>", project_page.preview, name="project_preview"),
    path("p/<str:public_id>/say", project_page.say, name="project_say"),
    path("p/<str:public_id>/add", project_page.add, name="project_add"),
    path("p/<str:public_id>/file", project_page.work_on, name="project_file"),
    path("p/<str:public_id>/plan", project_page.plan_view, name="project_plan"),
    path("p/<str:public_id>/layers", project_page.layers_view, name="project_layers"),
    path("p/<str:public_id>/export", project_page.export, name="project_export"),
]
