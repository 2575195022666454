# The site: one image for web server, worker and clock. Built: docker build -t brim .
# Stage 1 installs and compiles everything; stage 2 holds what runs, and nothing that builds.
FROM python:3.12-slim-bookworm AS build
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1 PYTHONDONTWRITEBYTECODE=1
WORKDIR /app
RUN python -m venv /app/.venv
COPY requirements.txt requirements-cluster.txt ./
RUN .venv/bin/pip install --require-hashes --no-deps -r requirements.txt \
 && .venv/bin/pip install --require-hashes --no-deps -r requirements-cluster.txt \
 && find .venv -name tests -type d -prune -exec rm -rf {} +
COPY manage.py pyproject.toml LICENSE ./
COPY brim brim
COPY compressor compressor
COPY gifweb gifweb
COPY templates templates
COPY static static
COPY docs/draft.schema.json docs/draft.schema.json
COPY deploy/start.sh deploy/start.sh
# Kernels, translations and static files are made here, so that the first page does not wait and the root can be
# read-only. The cache of kernels is of this kind of processor: an image for another one compiles at its first render.
ENV NUMBA_CACHE_DIR=/app/kernels
RUN DATA_DIR=/tmp/data .venv/bin/python manage.py prepare && rm -rf /tmp/data \
 && find compressor -name '*.py' -exec sha256sum {} + | sort | sha256sum | cut -c1-16 > kernels.id \
 && .venv/bin/python -m compileall -q brim compressor gifweb

FROM python:3.12-slim-bookworm
RUN groupadd --system --gid 10001 brim && useradd --system --uid 10001 --gid brim --home-dir /data brim \
 && mkdir /data && chown brim:brim /data
COPY --from=build /app /app
WORKDIR /app
ENV PATH=/app/.venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 DATA_DIR=/data
USER brim
VOLUME /data
EXPOSE 8000
HEALTHCHECK --start-period=60s --interval=30s --timeout=5s \
  CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/healthz', timeout=4)"]
ENTRYPOINT ["deploy/start.sh"]
CMD ["up", "--host", "0.0.0.0", "--prepare"]
