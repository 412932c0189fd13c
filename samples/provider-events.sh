#!/bin/sh
# Signs events as Stripe and Adyen do and sends them to a service in Development, so that you can see the inbox without an account.
# It needs curl and openssl. Usage: samples/provider-events.sh [http://localhost:55001]
set -eu
url=${1:-http://localhost:55001}
api=$url/api/payments
secret=whsec_sample
key=$(openssl rand -hex 32)
run=$(date +%s)

member() { sed -n "s/.*\"$1\": *\"\([^\"]*\)\".*/\1/p"; }
token=$(curl -sSf -u payments-dev:payments-dev-secret -d grant_type=client_credentials "$url/api/auth/oauth/token" | member access_token)
call() { curl -sSf -H "Authorization: Bearer $token" -H 'Content-Type: application/json' "$@"; }

# A Stripe connector with its signing secret, and an Adyen connector.
stripe=$(call "$api/connectors/stripe" -d "{\"name\":\"sample-$run\",\"webhookSecret\":\"$secret\"}" | member connectorID)
adyen=$(call "$api/connectors/adyen" -d "{\"name\":\"sample-$run\",\"hmacKey\":\"$key\",\"webhookUsername\":\"sample\",\"webhookPassword\":\"secret\"}" | member connectorID)

# Stripe signs the time, a point and the body.
send_stripe() {
    at=$(date +%s)
    signature=$(printf '%s.%s' "$at" "$1" | openssl dgst -sha256 -hmac "$secret" | sed 's/.* //')
    curl -sSf -o /dev/null -w 'stripe %{http_code}\n' "$api/connectors/webhooks/stripe/$stripe" -H "Stripe-Signature: t=$at,v1=$signature" -H 'Content-Type: application/json' --data-binary "$1"
}

# Adyen signs eight members of each item, and sends a user name and a password.
send_adyen() {
    code=$1; psp=$2; original=$3; value=$4
    signature=$(printf '%s' "$psp:$original:Shop:order-7:$value:EUR:$code:true" | openssl dgst -sha256 -mac HMAC -macopt "hexkey:$key" -binary | openssl base64 -A)
    item="{\"additionalData\":{\"hmacSignature\":\"$signature\"},\"amount\":{\"currency\":\"EUR\",\"value\":$value},\"eventCode\":\"$code\",\"eventDate\":\"$(date -u +%Y-%m-%dT%H:%M:%S+00:00)\",\"merchantAccountCode\":\"Shop\",\"merchantReference\":\"order-7\",\"originalReference\":\"$original\",\"paymentMethod\":\"visa\",\"pspReference\":\"$psp\",\"success\":\"true\"}"
    curl -sSf -w ' adyen %{http_code}\n' -u sample:secret "$api/connectors/webhooks/adyen/$adyen" -H 'Content-Type: application/json' --data-binary "{\"live\":\"false\",\"notificationItems\":[{\"NotificationRequestItem\":$item}]}"
}

# The refund comes first. It waits until the payment is recorded.
send_stripe "{\"id\":\"evt_2\",\"type\":\"refund.created\",\"created\":$run,\"livemode\":false,\"data\":{\"object\":{\"id\":\"re_1\",\"object\":\"refund\",\"amount\":300,\"currency\":\"usd\",\"created\":$run,\"charge\":\"ch_1\",\"payment_intent\":\"pi_1\",\"status\":\"succeeded\"}}}"
send_stripe "{\"id\":\"evt_1\",\"type\":\"payment_intent.succeeded\",\"created\":$((run - 60)),\"livemode\":false,\"data\":{\"object\":{\"id\":\"pi_1\",\"object\":\"payment_intent\",\"amount\":1000,\"amount_received\":1000,\"currency\":\"usd\",\"created\":$((run - 90)),\"status\":\"succeeded\"}}}"
send_adyen AUTHORISATION P1 "" 1000
send_adyen REFUND R1 P1 400
sleep 2

for connector in stripe/"$stripe" adyen/"$adyen"; do
    echo; echo "inbox of $connector:"; call "$api/connectors/$connector/inbox"
    echo; echo "payments:"; call "$api/payments?connectorID=${connector#*/}"
done
echo
