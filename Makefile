# make deploy   a real Kubernetes cluster on this machine, with the example model
# make test     every check and test, on the same cluster
# make help     the other targets

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

PYTHON ?= python3
INVENTORY ?= inventories/local
ARGS ?=
SET ?= all
VENV := .venv
BIN := $(CURDIR)/$(VENV)/bin

export PATH := $(BIN):$(PATH)
export ANSIBLE_CONFIG := $(CURDIR)/ansible.cfg
# Without buffering, so that progress shows at once in a file or a pipe too.
export PYTHONUNBUFFERED := 1
# Without bytecode every start of Ansible and of the server compiles all libraries again.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help
help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

# The environment is made again when the lock changes, or when making it was interrupted (then it has no stamp).
$(VENV)/.stamp: requirements/dev.txt
	@tests/scripts/environment.sh "$(PYTHON)" "$(VENV)" requirements/dev.txt
	@touch $@

.PHONY: cluster
cluster: $(VENV)/.stamp ## Bring up the local cluster
	@ansible-playbook playbooks/cluster.yml -i $(INVENTORY) $(ARGS)

.PHONY: deploy
deploy: cluster ## Deploy the model on the local cluster
	@ansible-playbook playbooks/deploy.yml -i $(INVENTORY) $(ARGS)

.PHONY: status
status: $(VENV)/.stamp ## Show what is deployed
	@ansible-playbook playbooks/status.yml -i $(INVENTORY) $(ARGS)

.PHONY: down
down: $(VENV)/.stamp ## Remove the local cluster; only the built programs stay
	@ansible-playbook playbooks/cluster.yml -i $(INVENTORY) -e local_cluster_state=down $(ARGS)

# Half of the tests wait for the cluster, and the others compute: both at once, once the cluster's programs are built, which
# some of the others start, too. Each line says which half it is of.
.PHONY: test
test: $(VENV)/.stamp ## Every check and test
	@$(MAKE) --no-print-directory --jobs 2 checks begin
	@$(MAKE) --no-print-directory --jobs 2 on-cluster off-cluster

ON_CLUSTER := $(addprefix tests/,cores faults helm/test_crossing.py helm/test_handing_over.py helm/test_live.py helm/test_live_kustomize.py monitoring platforms runners)
MARKED = 2>&1 | sed --unbuffered 's/^/$(1) | /'

.PHONY: test-all
test-all: $(VENV)/.stamp ## make test, and what it leaves out because it takes long (2 h)
	@export MODEL_SERVING_TESTS=all MODEL_SERVING_FAULTS=all MODEL_SERVING_RUNNERS=all; $(MAKE) --no-print-directory test

.PHONY: checks
checks: $(VENV)/.stamp
	@{ $(MAKE) --no-print-directory lint && $(MAKE) --no-print-directory sanity; } $(call MARKED,       )

.PHONY: begin
begin: $(VENV)/.stamp
	@$(MAKE) --no-print-directory cluster $(call MARKED,cluster)

.PHONY: on-cluster
on-cluster: $(VENV)/.stamp
	@{ pytest --durations 15 $(ON_CLUSTER) && $(MAKE) --no-print-directory molecule; } $(call MARKED,cluster)

.PHONY: off-cluster
off-cluster: $(VENV)/.stamp
	@pytest --durations 15 tests $(addprefix --ignore=,$(ON_CLUSTER)) $(call MARKED,       )

.PHONY: lint
lint: $(VENV)/.stamp ## ruff, the layers, licences, yamllint and ansible-lint, nothing ignored
	ruff check .
	ruff format --check .
	PYTHONPATH=$(CURDIR)/collections lint-imports --no-logo --no-cache
	PYTHONPATH=$(CURDIR)/server lint-imports --no-logo --no-cache .importlinter-server
	python tests/licences/check_licences.py
	yamllint --strict .
	ANSIBLE_HOME=$(CURDIR)/.ansible ansible-lint

.PHONY: sanity
sanity: $(VENV)/.stamp ## ansible-test sanity
	tests/scripts/sanity.sh

.PHONY: unit
unit: $(VENV)/.stamp ## Unit, server and collection tests
	pytest tests

.PHONY: static
static: $(VENV)/.stamp ## kube-score, checkov and Kubernetes' schemas over the sets of all inventories (1 min)
	pytest tests/static

.PHONY: audit
audit: $(VENV)/.stamp ## The image's packages as CycloneDX, in reports/sbom, and what PyPI knows against them
	python tests/static/audit.py reports/sbom

# What disturbs or loads the whole cluster runs apart, and alone on it: a set at a time, by the name of the variable.
.PHONY: faults
faults: cluster ## Every fault and must-pass case (SET=all, 40 min), or SET=healthy (8 min), SET=exclusive (5), SET=checklist (25)
	MODEL_SERVING_FAULTS=$(SET) pytest tests/faults

.PHONY: runners
runners: cluster ## Galaxy's importer, jobs as AWX starts them, also in an image, and alerts that are answered (8 min)
	MODEL_SERVING_RUNNERS=all pytest tests/runners

.PHONY: platforms
platforms: cluster ## OpenShift's Route and a real gateway, whose kinds the whole cluster gets meanwhile (2 min)
	MODEL_SERVING_PLATFORMS=all pytest tests/platforms -k "openshift or gateway"

.PHONY: nodes
nodes: $(VENV)/.stamp ## Nodes that stop, freeze, are cut off and come back, on a cluster of their own (3 min)
	MODEL_SERVING_NODES=all pytest tests/platforms/test_nodes.py

CORES ?= all
.PHONY: cores
cores: cluster ## Every supported ansible-core: units, sanity, rendered sets, releases (CORES="2.17 2.21"; 15 min each)
	MODEL_SERVING_CORES="$(CORES)" pytest tests/cores -v

MINUTES ?= 10
.PHONY: adversary
adversary: $(VENV)/.stamp ## The release core against the adversary, MINUTES=10 long
	@export ADVERSARY_MINUTES=$(MINUTES) ADVERSARY_SEED=$${SEED:-$$RANDOM$$RANDOM}; \
	  echo "seeds from $$ADVERSARY_SEED on"; pytest tests/adversary/test_property.py -q

RUNS ?= 200
.PHONY: chaos-release
chaos-release: cluster ## Releases and rollbacks interrupted on the local cluster, RUNS=200 times [MINUTES=60] [SEED=4711]
	@PYTHONPATH=collections:tests:tests/faults python -m chaos $(if $(filter command line,$(origin MINUTES)),--minutes $(MINUTES),--runs $(RUNS)) \
	  $(if $(SEED),--seed $(SEED))

.PHONY: adversary-schema
adversary-schema: $(VENV)/.stamp
	@PYTHONPATH=collections:tests:tests/server:tests/collection python -m adversary.make_schema

.PHONY: molecule
molecule: cluster ## The whole workflow on the local cluster
	ANSIBLE_COLLECTIONS_PATH=$(CURDIR)/collections molecule test

.PHONY: format
format: $(VENV)/.stamp ## Format the Python code
	ruff check --fix .
	ruff format .

.PHONY: lock
lock: $(VENV)/.stamp ## Pin the newest version of every dependency
	for set in requirements/dev requirements/audit requirements/runners requirements/rulebook requirements/static server/requirements; do \
	  uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url --upgrade \
	    $$set.in --output-file $$set.txt; done
	for core in requirements/cores/*.in; do \
	  uv pip compile --quiet --no-deps --universal --python-version 3.12 --generate-hashes --no-header --no-emit-index-url --upgrade \
	    $$core --output-file $${core%.in}.txt; done
	for extra in $(basename $(wildcard server/extras/*.in)); do \
	  uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url \
	    --constraint requirements/dev.txt --no-emit-package numpy --no-emit-package scipy \
	    $$extra.in --output-file $$extra.txt; done

.PHONY: licences
licences: $(VENV)/.stamp ## Read the licence of every Go module that is pinned; needs Go
	python tests/licences/record_go.py
