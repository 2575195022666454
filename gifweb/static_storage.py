"""Static files under hashed names, also where our scripts import one another."""

from __future__ import annotations

from whitenoise.storage import CompressedManifestStaticFilesStorage as Compressed


class Hashed(Compressed):
    support_js_module_import_aggregation = True
    # Our own scripts only: those of packages import by bare names, which no file has.
    _js_module_import_aggregation_patterns = ("js/*.js", Compressed._js_module_import_aggregation_patterns[1])
