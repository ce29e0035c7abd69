"""How gunicorn serves the web process of a service. Each setting can be set from outside by its variable."""

import os

bind = os.environ.get("KHOI_WEB_BIND", "127.0.0.1:8000")
worker_class = "deploy.streaming_worker.StreamingWorker"  # gthread, whose connections a stream may take over
workers = int(os.environ.get("KHOI_WEB_WORKERS", "1"))
threads = int(os.environ.get("KHOI_WEB_THREADS", "8"))
preload_app = False  # database connections are made after the fork
graceful_timeout = 20  # requests under way at SIGTERM are finished
timeout = 60
keepalive = 30  # the gateway and the clients of a test reuse their connections
control_socket_disable = True  # it would be written to the home folder
worker_tmp_dir = "/dev/shm" if os.path.isdir("/dev/shm") else None  # noqa: PTH112, S108 - the heartbeat file must not block on a slow disk
accesslog = None  # requests are counted as metrics; personal data stays out of logs
errorlog = "-"
loglevel = "warning"  # its own tale of starts and stops is the process manager's
logconfig_dict = {  # the same lines as the services': an error's place, nobody's data, no query of an address
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"json": {"()": "shared.logs.JsonLines"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "json"}},
    "loggers": {"gunicorn.error": {"level": "WARNING", "handlers": ["stderr"], "propagate": False}},
    "root": {"level": "WARNING", "handlers": ["stderr"]},
}
proc_name = os.environ.get("KHOI_WEB_NAME", "khoi-web")
# over TLS alone where the deployment has given a certificate
certfile = os.environ.get("KHOI_TLS_CERTIFICATE") or None
keyfile = os.environ.get("KHOI_TLS_KEY") or None
