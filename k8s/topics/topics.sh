# Creates missing topics. Existing topics stay as they are; changing partition counts is a separate migration.
set -eu
brokers=${KAFKA_BROKERS:-${KAFKA_BROKER:-kafka:29092}}
replication=${KAFKA_REPLICATION:-1}
partitions=3
day=86400000

topic() {
  kafka-topics --bootstrap-server "$brokers" ${COMMAND_CONFIG:+--command-config "$COMMAND_CONFIG"} \
    --create --if-not-exists --topic "$1" --partitions "$partitions" --replication-factor "$replication" \
    --config retention.ms="$2"
}

until kafka-topics --bootstrap-server "$brokers" ${COMMAND_CONFIG:+--command-config "$COMMAND_CONFIG"} --list > /dev/null; do
  sleep 3
done

requests=${KAFKA_REQUEST_TOPIC:-booking-requests}
topic "$requests" $((7 * day))
topic bookings -1
topic "$requests.dlq" $((30 * day))
topic bookings.dlq $((30 * day))
