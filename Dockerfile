# One image for web, worker, beat, Flower and the Stripe sandbox. Only wheels are installed, so any Python image will
# do, Alpine or Debian: docker build --build-arg PYTHON_IMAGE=python:3.13-slim .
ARG PYTHON_IMAGE=python:3.13-alpine

FROM ${PYTHON_IMAGE} AS packages
RUN python -m venv /venv
COPY requirements.txt .
RUN --mount=type=cache,target=/root/.cache/pip \
    /venv/bin/pip install --disable-pip-version-check --only-binary=:all: --require-hashes -r requirements.txt

FROM ${PYTHON_IMAGE}
# Written by hand, as Alpine and Debian have different commands for it. The shop owns its data and nothing else.
RUN echo "shop:x:10001:10001::/data:/sbin/nologin" >> /etc/passwd \
    && echo "shop:x:10001:" >> /etc/group \
    && mkdir -p /data/media && chown -R 10001:10001 /data
COPY --from=packages /venv /venv
# Debian's allocator would keep memory for each thread by itself.
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 DATA_DIR=/data STATIC_ROOT=/app/staticfiles MALLOC_ARENA_MAX=2
WORKDIR /app
COPY . .
# The secrets exist during this step only; nothing of them is kept.
RUN SECRET_KEY=build STRIPE_SECRET_KEY=build STRIPE_WEBHOOK_SECRET=build CELERY_BROKER_URL=memory:// \
    python manage.py collectstatic --noinput --verbosity 0 \
    && python -m compileall -q .
USER 10001:10001
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s \
    CMD ["python", "-c", "from urllib.request import urlopen; urlopen('http://127.0.0.1:8000/healthz', timeout=4)"]
# gunicorn.conf.py says with how many processes.
CMD ["gunicorn", "shop_project.wsgi", "--bind=0.0.0.0:8000", "--worker-tmp-dir=/dev/shm"]
