"""URLs for programs: the agent contract (no prefix, no trailing slash) and /api/v1."""

from django.urls import path

from . import agent_endpoints, chat_stream, claim_page, exports, pages, signed_links, upload_links, v1

urlpatterns = [
    path("api/auth/anonymous-token", agent_endpoints.anonymous_token, name="api_token"),
    path("api/auth/claim-token", agent_endpoints.claim_token, name="api_claim_token"),
    path("api/tasks/<str:user_id>/with-session/nemo_agent", agent_endpoints.make_session, name="api_session"),
    path("api/upload-video/nemo_agent/<str:user_id>/<str:session_id>", agent_endpoints.upload, name="api_upload"),
    path("api/credits/balance/simple", agent_endpoints.balance, name="api_balance"),
    path("api/state/nemo_agent/<str:user_id>/<str:session_id>/latest", agent_endpoints.state, name="api_state"),
    path("api/render/proxy/lambda", exports.submit, name="api_export"),
    path("api/render/proxy/lambda/<str:client_id>", exports.status, name="api_export_status"),
    path("api/render/proxy/lambda/<str:client_id>/cancel", exports.cancel, name="api_export_cancel"),
    path("api/render/proxy/<str:client_id>/download", exports.download, name="api_export_download"),
    path("api/files/<str:token>/<str:name>", signed_links.signed_file, name="api_file"),
    path("api/v1/uploads/once/<str:token>", upload_links.upload, name="upload_once"),
    path("api/v1/", v1.urls()),
    path("workspace/claim", claim_page.claim, name="claim"),
    path("workspace/task/<str:task_id>", claim_page.task, name="workspace_task"),
    path("task/<str:task_id>", claim_page.task, name="task"),
    path("api", pages.reference, name="api_reference"),
    path("for-agents", pages.agents, name="agents"),
    path("llms.txt", pages.llms, name="llms"),
    path("for-agents/skill.md", pages.skill, name="agents_skill"),
    path("run_sse", chat_stream.run_sse, name="run_sse"),
]
