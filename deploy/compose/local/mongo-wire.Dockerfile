# SecantusDB in place of mongo:8.0, for trying and testing.
ARG BASE_IMAGE
FROM ${BASE_IMAGE}
COPY mongo.lock /lock/
COPY wheels /wheels
RUN python3 -m venv /opt/mongo \
 && /opt/mongo/bin/pip install --quiet --no-index --find-links /wheels --require-hashes --no-deps -r /lock/mongo.lock \
 && rm -rf /wheels && useradd --system --uid 10002 mongodb && mkdir -p /data/db && chown mongodb /data/db
COPY mongo.sh /usr/local/bin/docker-entrypoint.sh
COPY first_user.py /opt/mongo/first_user.py
RUN chmod 755 /usr/local/bin/docker-entrypoint.sh
VOLUME /data/db
EXPOSE 27017
ENTRYPOINT ["docker-entrypoint.sh"]
