# Everything a newcomer needs: `make demo`, `make test`. `make help` lists the rest.

SHELL := /bin/sh
.DEFAULT_GOAL := help
.PHONY: help demo test up check documents bench reliability image bundle compose-up compose-down lock clean

IMAGE ?= khoi:latest
VERSION ?= $(shell sed -n 's/^version = "\(.*\)"/\1/p' pyproject.toml)
# What `make bundle` carries beside our own image: name all that the chosen compose files and profiles need.
BUNDLED ?= mongo:8.0 apache/kafka:4.3.1 nginx:1.28
BASE_IMAGE ?= python:3.11-slim-bookworm
# The plugin where there is one, else the older program. Which files: COMPOSE_FILE in deploy/compose/.env, or these.
COMPOSE = cd deploy/compose && $$(docker compose version >/dev/null 2>&1 && echo docker compose || echo docker-compose) \
	$(if $(TRIAL)$(TLS),-f compose.yaml $(if $(TLS),-f compose.tls.yaml) $(if $(TRIAL),-f compose.trial.yaml))

BIN := .venv/bin
# One stamp per lock file, project definition and folder: the second run of any target installs nothing.
STAMP := .venv/.installed-$(shell { cat requirements/dev.lock pyproject.toml; pwd; } | sha256sum | cut -c1-16)

help: ## danh sách các lệnh (this list)
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-13s %s\n", $$1, $$2 }' Makefile

$(STAMP):
	@deploy/bootstrap.sh $(STAMP)

demo: $(STAMP) ## một nhiệm kỳ trên dữ liệu giả lập, từ bảng tính đến báo cáo (the main job, checks itself)
	@$(BIN)/khoi demo

test: $(STAMP) ## mọi kiểm thử, trên máy chủ nhúng (all tests, on embedded servers)
	@$(BIN)/pytest -n 2 --dist loadfile

up: $(STAMP) ## chạy toàn bộ hệ thống, Ctrl-C để dừng (the stack stays up)
	@exec $(BIN)/khoi up

check: $(STAMP) ## định dạng, lint, kiểu, quy tắc import, tài liệu sinh ra (format, lint, types, imports, documents)
	@$(BIN)/ruff format --check
	@$(BIN)/ruff check
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/python -m deploy.documents --check

documents: $(STAMP) ## sinh lại docs/api (write the generated documents)
	@$(BIN)/python -m deploy.documents

bench: $(STAMP) ## đo tốc độ và bộ nhớ, ghi docs/benchmarks.md (speed and size)
	@$(BIN)/python -m deploy.bench $(ARGS)

reliability: $(STAMP) ## gây lỗi cho từng container trong lúc làm việc, ghi docs/reliability.md (faults under load, needs Docker)
	@deploy/compose/local/check.sh $(BIN)/python -m tests.containers.reliability $(ARGS)

image: $(STAMP) ## dựng ảnh container cho bốn dịch vụ, không cần mạng khi dựng (the container image)
	@deploy/image/wheels.sh
	@docker build --quiet --network none --build-arg BASE_IMAGE=$(BASE_IMAGE) --tag $(IMAGE) --file deploy/image/Dockerfile .

bundle: ## ảnh, compose, tài liệu thành một tệp có mã kiểm: dist/khoi-VERSION.tar (for hosts without a network)
	@deploy/bundle/make.sh $(VERSION) $(IMAGE) $(BUNDLED)

compose-up: ## chạy một Khối bằng compose, cấu hình ở deploy/compose/.env (docs/operate/containers.md)
	@deploy/compose/make-secrets.sh
	@$(COMPOSE) up -d

compose-down: ## dừng, dữ liệu được giữ (stop, the data stays)
	@$(COMPOSE) down

lock: ## ghi lại requirements/*.lock từ pyproject.toml (write the lock files)
	@deploy/lock.sh

clean: ## xóa .venv, var và các tệp tạm (remove what was made here)
	@rm -rf .venv var build .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache *.egg-info
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
