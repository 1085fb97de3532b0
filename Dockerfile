# The image of every service: Loantape with Airflow, installed from the hash-pinned lock, run without privileges.
FROM python:3.12-slim AS build

ENV PYTHONDONTWRITEBYTECODE=1 UV_LINK_MODE=copy UV_PYTHON_DOWNLOADS=never UV_NO_CACHE=1
WORKDIR /opt/loantape
RUN python -m venv /opt/venv
COPY requirements-bootstrap.lock requirements.lock ./
RUN /opt/venv/bin/pip install --no-cache-dir --disable-pip-version-check --require-hashes -r requirements-bootstrap.lock \
 && VIRTUAL_ENV=/opt/venv /opt/venv/bin/uv pip install --require-hashes -r requirements.lock
COPY pyproject.toml requirements.in README.md ./
COPY loantape loantape
COPY schemas schemas
COPY transforms transforms
COPY templates templates
RUN VIRTUAL_ENV=/opt/venv /opt/venv/bin/uv pip install --no-deps --no-build-isolation -e . \
 && /opt/venv/bin/python -m compileall -q /opt/loantape

FROM python:3.12-slim

RUN useradd --uid 50000 --create-home --shell /usr/sbin/nologin loantape \
 && mkdir -p /opt/airflow/dags /opt/airflow/logs /opt/airflow/auth /data/store /data/keys /data/landing \
 && chown -R loantape: /opt/airflow /data && chmod 700 /data/store /data/keys
COPY --from=build /opt/venv /opt/venv
COPY --from=build /opt/loantape /opt/loantape
COPY dags /opt/airflow/dags

# `schemas`, `transforms` and `templates` are common names: ours come first, whatever else is installed.
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONPATH=/opt/loantape \
    PYTHONUNBUFFERED=1 \
    AIRFLOW_HOME=/opt/airflow \
    AIRFLOW__CORE__DAGS_FOLDER=/opt/airflow/dags \
    AIRFLOW__CORE__LOAD_EXAMPLES=False \
    AIRFLOW__CORE__DAGBAG_IMPORT_TIMEOUT=120 \
    LOANTAPE_STORE=/data/store \
    LOANTAPE_KEYS=/data/keys \
    LOANTAPE_LANDING=/data/landing
USER loantape
WORKDIR /data
CMD ["loantape", "--help"]
