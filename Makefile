# The commands of this project. `make run` and `make test` need only make and Python 3.11 or newer.

PYTHON ?= python3
BIN := .venv/bin
RUNTIME := .venv/.runtime-installed
DEV := .venv/.dev-installed
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes
PYTEST := $(BIN)/python -m pytest
# The names, without their values, of what was given as NAME=value behind `make`.
GIVEN = $(foreach assignment,$(MAKEOVERRIDES),$(firstword $(subst =, ,$(assignment))))
# For commands that need settings but no server.
OFFLINE := DEBUG=1 DATABASE_URL=sqlite://:memory: CELERY_BROKER_URL=memory://
# What `make backup` and `make restore` work on, unless DATABASE_URL and MEDIA_ROOT are given: the data of `make run`.
KEPT = DATABASE_URL="$(or $(DATABASE_URL),sqlite:///$(CURDIR)/data/shop.sqlite3)" MEDIA_ROOT="$(or $(MEDIA_ROOT),data/media)"
LOCK := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
	--no-emit-index-url --no-emit-find-links --no-config $(LOCK_FLAGS)
WHEELS_FOR := x86_64-unknown-linux-gnu x86_64-unknown-linux-musl aarch64-unknown-linux-gnu aarch64-unknown-linux-musl

.PHONY: help run test backup restore reference release previous chaos books races kill-mails fuzz totals bench bench-webhooks bench-recommendations bench-backoffice bench-tasks audit lint messages format lock check-wheels up down rehearse
.DEFAULT_GOAL := help

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## /\1	/p' Makefile | expand -t 14

run: $(RUNTIME) ## the shop on http://127.0.0.1:8000, embedded; PORT=, SANDBOX_PORT= and any setting may follow
	@exec $(BIN)/python dev.py $(GIVEN)

test: $(DEV) ## all tests; those that need a server that is missing are left out, and named
	@$(BIN)/python -m tests

chaos: $(DEV) ## kill, stop and wipe everything the shop stands on while people buy; prints a table
	$(PYTEST) tests/chaos

books: $(DEV) ## a thousand sequences of payments, faults and crashes, after each of which the books must agree
	$(PYTEST) tests/payment/test_books.py -s --log-level=ERROR --hypothesis-profile=books

races: $(DEV) ## crowds that want the same bottles, twenty times each; prints how many connections, orders, deadlocks
	RACE_REPEATS=20 $(PYTEST) tests/orders/test_races.py -s -q --log-level=ERROR

kill-mails: $(DEV) ## the worker is killed at each step of sending, ten times each; none is lost, none comes three times
	KILL_ORDERS=5 $(PYTEST) tests/services/test_mail_kills.py -s --log-level=ERROR

fuzz: $(DEV) ## ten thousand requests to the API and as many to every other address; none may end in a server error
	FUZZ_REQUESTS=$(or $(REQUESTS),10000) $(PYTEST) tests/security/test_fuzz.py -s -q --log-level=CRITICAL
	FUZZ_REQUESTS=$(or $(REQUESTS),10000) $(PYTEST) tests/security/test_api_fuzz.py -s -q --log-level=CRITICAL

totals: $(DEV) ## a thousand random carts, of each of which Stripe has to make the same total
	$(PYTEST) tests/payment/test_totals.py -s --log-level=ERROR --hypothesis-profile=totals

bench: $(DEV) ## pages beside a bare Django page, with 1,000 to 1,000,000 products, and flows; writes docs/benchmarks.md; needs wrk
	$(BIN)/python -m benchmarks

bench-webhooks: $(DEV) ## how fast the webhook answers 50 deliveries at once; needs Postgres and RabbitMQ
	$(BIN)/python -m benchmarks.webhooks

bench-recommendations: $(DEV) ## how often recommendations guess right, beside best sellers, on made-up orders
	$(OFFLINE) DJANGO_SETTINGS_MODULE=shop_project.settings $(BIN)/python -m benchmarks.recommendations

bench-backoffice: $(DEV) ## dashboard, order list and reports at 100,000 orders, in the database of DATABASE_URL
	DJANGO_SETTINGS_MODULE=shop_project.settings $(BIN)/python -m benchmarks.backoffice

bench-tasks: $(DEV) ## tasks a second beside bare Celery, and orders a second from webhook to paid
	$(BIN)/python -m benchmarks.throughput

backup: ## database and uploaded files into TO=data/backups: what `make run` uses, or DATABASE_URL= and MEDIA_ROOT=
	@$(KEPT) sh deploy/backup $(or $(TO),data/backups)

restore: $(RUNTIME) ## FROM= a backup into an empty database, then compare stock with its ledger and the books with Stripe
	@$(KEPT) sh deploy/restore $(FROM)
	@for command in "migrate --verbosity 0" check_stock "reconcile --days $(or $(DAYS),7)"; do \
		$(KEPT) DEBUG="$${DEBUG-1}" $(BIN)/python manage.py $$command || exit 1; done

reference: $(DEV) ## write docs/settings.md anew from the settings
	$(BIN)/python reference.py

release: $(DEV) ## note in deploy/released-migrations that what is there now gets released
	$(OFFLINE) DJANGO_SETTINGS_MODULE=shop_project.settings $(BIN)/python -m tests.release

previous: $(DEV) ## run the tests of an older commit, FROM=v1.0, on the tables of this one; needs Postgres
	.ci/previous-release $(FROM)

audit: $(DEV) ## known weaknesses of the packages that the shop runs on (asks PyPI); fails where one cannot be looked up
	$(BIN)/pip-audit --strict --requirement requirements.txt --require-hashes --disable-pip

lint: $(DEV) ## style, types, templates, forgotten migrations
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/djlint --check --lint .
	$(OFFLINE) $(BIN)/mypy .
	$(OFFLINE) $(BIN)/python manage.py makemigrations --check --dry-run

messages: $(DEV) ## gather what the code says into locale/, and compile the translations that stand there
	$(BIN)/python translations.py

format: $(DEV) ## rewrite the code in the style that lint asks for
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	$(BIN)/djlint --reformat --quiet .

lock: $(DEV) ## pin requirements.in and requirements-dev.in; LOCK_FLAGS=--upgrade takes newer versions
	$(LOCK) requirements.in -o requirements.txt
	$(LOCK) requirements-dev.in -o requirements-dev.txt
	$(MAKE) check-wheels

check-wheels: $(DEV) ## every runtime requirement has wheels for glibc and musl (asks PyPI)
	set -e; for platform in $(WHEELS_FOR); do for version in 3.11 3.13; do \
		$(BIN)/uv pip install --quiet --dry-run --no-config --target .venv/wheels --python-platform $$platform \
			--python-version $$version --only-binary :all: --require-hashes -r requirements.txt; \
		echo "wheels for all: $$platform, Python $$version"; done; done

up: ## the shop in docker compose
	@sh deploy/compose-up

rehearse: ## docker-compose.prod.yml on this machine, at https://shop.localhost/, with the local Stripe
	@sh deploy/rehearse

down: ## stop docker compose; the data stays
	docker compose --profile '*' down

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "This shop needs Python 3.11 or newer. Name one: make PYTHON=/path/to/python3.13 $(MAKECMDGOALS)"; exit 1; }
	@$(PYTHON) -m venv --clear .venv || { rm -rf .venv; exit 1; }

$(RUNTIME): requirements.txt | $(BIN)/python
	@echo "Installing what the shop runs on into .venv ..."
	@$(PIP) -r requirements.txt
	@touch $@

$(DEV): requirements-dev.txt $(RUNTIME)
	@echo "Installing what tests and lint need into .venv ..."
	@$(PIP) -r requirements.txt -r requirements-dev.txt
	@touch $@
