# SecantusDB in place of mongo:8.0, for trying and testing.
ARG BASE_IMAGE
FROM ${BASE_IMAGE}
COPY mongo.lock /lock/
COPY wheels /wheels
RUN python3 -m venv /opt/mongo \
 && /opt/mongo/bin/pip install --quiet --no-index --find-links /wheels --require-hashes --no-deps -r /lock/mongo.lock \
 && rm -rf /wheels && mkdir -p /data/db && chown 10002:10002 /data/db
COPY mongo.sh /mongo.sh
USER 10002:10002
VOLUME /data/db
EXPOSE 27017
ENTRYPOINT ["sh", "/mongo.sh"]
