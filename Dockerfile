# syntax=docker/dockerfile:1
# Two stages: the first has pip and the sources, the second only Python and the result. The base is pinned by the digest
# of its multi-platform index, so that a build of the same commit is the same image; `docker buildx imagetools inspect
# python:3.11-slim-bookworm` names a newer one.
FROM python:3.11.16-slim-bookworm@sha256:a36c24f9cbdf4fd0f52d67f0823eeac19c2028c637cecc392d97f980d4fec56b AS base

FROM base AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
WORKDIR /src
RUN python -m venv /opt/aura && python -m venv /opt/build
COPY requirements.lock ./
RUN /opt/aura/bin/pip install --no-compile --require-hashes -r requirements.lock
COPY . .
# Bytecode is written here once: the file system is read-only where it runs. Left out are tests of libraries, and what
# phonenumbers knows about places, carriers and time zones (40 MB that nothing here asks for).
RUN /opt/build/bin/pip install hatchling==1.33.0 \
    && /opt/build/bin/hatchling build -t wheel \
    && /opt/aura/bin/pip install --no-compile --no-deps dist/*.whl \
    && /opt/aura/bin/pip uninstall --yes pip setuptools \
    && find /opt/aura/lib -type d -name tests -prune -exec rm -rf {} + \
    && rm -rf /opt/aura/lib/python3.11/site-packages/phonenumbers/geodata \
        /opt/aura/lib/python3.11/site-packages/phonenumbers/carrierdata \
        /opt/aura/lib/python3.11/site-packages/phonenumbers/tzdata \
    && python -m compileall -q -j 0 --invalidation-mode unchecked-hash /opt/aura/lib

FROM base
# The base brings a pip of its own: nothing is installed where it runs.
RUN useradd --system --uid 10001 --no-create-home aura \
    && rm -rf /usr/local/lib/python3.11/site-packages/* /usr/local/bin/pip*
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
