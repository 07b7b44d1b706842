# The model server and its models.
#
#   docker build -t model-api .     serves the example model, which is trained in the build
#
# To serve your own, first put them into server/models/<name>/<version>/{model.json,model.skops}.
# server/extras.txt names what else is installed, a file of server/extras/ a line: `echo grpc > server/extras.txt` for gRPC,
# xgboost or lightgbm for models of those.
# server/modules/ may have modules of your own that a model needs, server/extras/own/packages.txt packages, a line each.
# Build argument: BASE_IMAGE, any image with Python 3.11 or later and glibc.
# Build secrets (they never reach the image): pip_ca, a CA bundle for pip; pip_conf, a configuration file for pip.
ARG BASE_IMAGE=python:3.13-slim

FROM ${BASE_IMAGE} AS libraries
WORKDIR /build
COPY server/requirements.txt server/extras.txt ./
COPY server/extras ./extras
# LightGBM looks for OpenMP by its name; scikit-learn brings it along under another.
# Tests, headers, sources of compiled modules and pip are removed in the step that adds them, so no layer has them.
RUN --mount=type=secret,id=pip_ca,required=false \
    --mount=type=secret,id=pip_conf,required=false \
    if [ -s /run/secrets/pip_ca ]; then export PIP_CERT=/run/secrets/pip_ca; fi; \
    if [ -s /run/secrets/pip_conf ]; then export PIP_CONFIG_FILE=/run/secrets/pip_conf; fi; \
    python3 -m venv --copies /opt/venv \
    && /opt/venv/bin/python3 -m pip install --no-cache-dir --no-compile --only-binary=:all: --disable-pip-version-check \
        --require-hashes -r requirements.txt $(sed 's|.*|-r extras/&.txt|' extras.txt) \
    && if [ -f extras/own/packages.txt ]; then \
        /opt/venv/bin/python3 -m pip freeze --all --disable-pip-version-check > locked.txt \
        && /opt/venv/bin/python3 -m pip install --no-cache-dir --no-compile --only-binary=:all: --disable-pip-version-check \
            --constraint locked.txt -r extras/own/packages.txt; fi \
    && /opt/venv/bin/python3 -m pip uninstall --yes --quiet pip \
    && cd /opt/venv/lib/python3*/site-packages \
    && find . -depth -type d \( -name tests -o -name include \) -exec rm -rf {} + \
    && find . -type f \( -name '*.pyi' -o -name '*.px[di]' -o -name '*.pyx*' -o -name '*.h' -o -name '*.a' \) -delete \
    && if [ -d lightgbm ]; then ln -s "$(ls "$PWD"/scikit_learn.libs/libgomp*)" /opt/venv/lib/libgomp.so.1; fi \
    && python3 -m compileall -q -j 0 /opt/venv/lib

FROM libraries AS models
COPY server ./
# The checksums of the models that are built in: the server then trusts scikit-learn's own types in them, wherever the image runs.
RUN mkdir -p modules && chmod -R a+rX,go-w modules; \
    if [ ! -d models ]; then /opt/venv/bin/python3 train.py --store models; fi \
    && chmod -R a+rX,go-w models \
    && cd models && for file in */*/*.skops */*/*.joblib */*/*.pkl; do \
        if [ -f "$file" ]; then echo "${file%/*}=$(sha256sum < "$file" | cut -c 1-64)"; fi; done > ../models.sha256

FROM ${BASE_IMAGE}
COPY --from=libraries /opt/venv /opt/venv
COPY --from=models /build/models /models
COPY --from=models /build/models.sha256 /opt/model_server/models.sha256
COPY server/model_server /opt/model_server/model_server
# Modules of one's own, which models need. The server's come first.
COPY --from=models /build/modules /opt/modules
ENV PATH=/opt/venv/bin:/usr/local/bin:/usr/bin:/bin \
    LD_LIBRARY_PATH=/opt/venv/lib \
    PYTHONPATH=/opt/model_server:/opt/modules \
    PYTHONDONTWRITEBYTECODE=1 \
    JOBLIB_MULTIPROCESSING=0 \
    MODEL_STORE=/models \
    MODEL_SHA256_FILE=/opt/model_server/models.sha256
RUN python3 -m compileall -q --invalidation-mode unchecked-hash /opt/model_server /opt/modules
USER 1000:1000
EXPOSE 5000 8000
STOPSIGNAL SIGTERM
ENTRYPOINT ["/opt/venv/bin/python3", "-m", "model_server"]
