# syntax=docker/dockerfile:1
# Two stages: the first has pip and a compiler's worth of tools, the second only Python and the result.
FROM python:3.11-slim-bookworm AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
WORKDIR /src
RUN python -m venv /opt/aura
COPY requirements.lock ./
RUN /opt/aura/bin/pip install --require-hashes -r requirements.lock
COPY . .
RUN python -m venv /opt/build \
    && /opt/build/bin/pip install hatchling==1.33.0 \
    && /opt/build/bin/hatchling build -t wheel \
    && /opt/aura/bin/pip install --no-deps dist/*.whl \
    && /opt/aura/bin/pip uninstall --yes pip setuptools

FROM python:3.11-slim-bookworm
RUN useradd --system --uid 10001 --no-create-home aura
COPY --from=build /opt/aura /opt/aura
COPY config.yaml /etc/aura/config.yaml
ENV PATH=/opt/aura/bin:$PATH \
    AURA_CONFIG_DIR=/etc/aura \
    AURA_ENVIRONMENT=production \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1
USER 10001
EXPOSE 8080 9464
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=15s --timeout=5s --start-period=20s --retries=3 \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:9464/healthz', timeout=4)"]
ENTRYPOINT ["aura"]
CMD ["run"]
