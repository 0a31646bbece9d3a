"""Names that people give to secrets, and names that look like one and are none."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.secrets.log_redaction import masked
from chalicelib.secrets.names import holds_environment, holds_headers, is_harmless_header, is_secret_name
from chalicelib.secrets.parts import MASK

SECRET = """
clientSecret client_secret client-secret CLIENT_SECRET clientsecret clientSecret2 oldClientSecretValue secret
secrets secretKey secret_key SecretAccessKey aws_secret_access_key AWS_SECRET_ACCESS_KEY aws_access_key_id
accessKeyId SECRET_KEY_BASE appSecret app_secret consumerSecret consumer_key shared_secret SharedAccessKey
SharedAccessSignature PGPASSWORD PGPASS SSHPASS MYSQL_PWD MYSQL_ROOT_PASSWORD DB_PASSWORD dbPassword db_pass
DBPASS DBPWD smtp_pass smtpPass POSTGRES_PASSWORD REDISCLI_AUTH RABBITMQ_DEFAULT_PASS BORG_PASSPHRASE
ANSIBLE_VAULT_PASSWORD_FILE LDAP_BIND_PW userPw password Password PASSWORD password2 password_1 passwords
passwd userPasswd passwordHash new-password X-Password-Hint passphrase key_passphrase sshPassphrase passcode
passkey pass pwd userPwd oldpwd passwort kennwort contraseña Contrasena senha clave motDePasse wachtwoord pin
PIN userPin otp totp cvv creds cred CREDENTIALS credentials credential gcpCredentials
GOOGLE_APPLICATION_CREDENTIALS X-Amz-Credential accessToken access_token access-token ACCESSTOKEN accesstoken
refreshToken idToken id_token authToken token Token tokens tokenValue GITHUB_TOKEN GH_TOKEN NPM_TOKEN
VAULT_TOKEN slackToken SLACK_BOT_TOKEN CI_JOB_TOKEN X-Auth-Token X-Vault-Token Private-Token
X-Amz-Security-Token X-CSRF-Token csrf xsrf jwt JWT jwtAssertion bearer bearerToken sas sasToken sig signature
X-Hub-Signature-256 X-Auth-Key X-Api-Key apikey apiKey api_key api-key api.key APIKEY DD-API-KEY apiKeys
myApiKeyValue X-MBX-APIKEY x-functions-key functionsKey Ocp-Apim-Subscription-Key x-rapidapi-key privateKey
private_key privatekey PRIVATE-KEY private_key_id sshKey ssh_private_key sshkey deployKey signingKey
signing_key encryptionKey encryption_key masterKey license_key licensekey accountKey account_key storageKey
sessionKey routing_key integration_key OPENAI_KEY stripeKey STRIPE_SECRET_KEY authKey auth_key webhookKey
id_rsa id_ed25519 rsaKey pkey privkey pem pemFile ssl_key tlsKey pfx keystore keytab kubeconfig KUBECONFIG
hmac psk wifiPsk auth Auth basicAuth basic_auth http_auth authorization Authorization AUTHORIZATION
Proxy-Authorization authentication oauth oauth2 oauthVerifier Cookie cookies Set-Cookie sessionCookie
sessionid session_id PHPSESSID JSESSIONID connect.sid connectionString connection_string CONNSTR dsn
SENTRY_DSN webhook slackWebhook webhook_url user[password] ｐａｓｓｗｏｒｄ
rootpw adminpw bindpw LDAPBINDPW db_psw certkey gpgkey pgpKey userkey symmetricKey stripekey serialkey keyFile key_file
keyMaterial KeyData keyPhrase recoveryCode recovery_codes backup_codes seedPhrase mnemonic otpauth 2fa MFA mfaCode
mfa_code pincode pinCode accessCode auth_code securityCode verification_code activationCode unlock_code GITHUB_PAT
githubPat kek DEK p12 pkcs12 jks ntlmHash snmpCommunity STRIPE_SK sk_live authHeader authheader httpauth HTTPAUTH
proxyauth XAUTH authz hookUrl hook_url ConnectionURI secureString geheim parola hasło heslo
пароль 密码 パスワード 비밀번호
"""
READABLE = """
author authors authored authorId authority coauthor monkey chaosMonkey keyboard keyboardLayout keyword
keywords key keys Key turkey donkey hockey keyName key_name key-name keyspace hotkey host_key hostKeys
host_keys publicKey public_key primaryKey primary_key foreign_key partitionKey sort_key sortKey cache_key
cacheKey tag-key tagKey idempotencyKey routingRule authorized_keys tokenizer tokenize tokenizers detokenizer
tokenization maxTokens max_tokens token_count totalTokens http-tokens metadata-options.http-tokens secretary
secretariat secretsmanager passwordless passport passenger passed passing compass bypass compassHeading
trespass surpass passive spinner pinned opinion spin pinterest shipping pump opens openness stem temperature
temp item system credit credits accredited sidebar side inside resident sigma design signal signals assign
signed sassy Texas username user name email id url host hostname port region filters tag:Chaos tag:Token
tag:SecretTeam method endpoint payload timeout local_script remote_script arguments target count duration
description message Accept accessible accessMode account accounts session sessions private certificate
fingerprint digest hash checksum status state type value
primarykey sortkey cachekey publickey hostkey chaosmonkey Whiskey jockey statusCode countryCode postcode zip_code
encode decoder pattern path patch pk sk seed risk task mask disk phrase paraphrase security hooks
"""


@pytest.mark.parametrize("name", SECRET.split())
def test_a_name_that_people_give_to_a_secret_is_one(name: str) -> None:
    assert is_secret_name(name)
    assert masked({"args": {"payload": {name: "S"}}}) == {"args": {"payload": {name: MASK}}}


@pytest.mark.parametrize("name", READABLE.split())
def test_a_name_that_only_looks_like_a_secret_stays_readable(name: str) -> None:
    assert not is_secret_name(name)
    assert masked({"args": {"payload": {name: "S"}}}) == {"args": {"payload": {name: "S"}}}


@pytest.mark.parametrize(
    "payload",
    [
        {"Name": "password", "Value": "S"},
        {"id": "password", "value": "S"},
        {"k": "password", "v": "S"},
        [["user", "eve"], ["password", "S"]],
        {"httpHeaders": "X-Thing: S"},
        {"env": "A=S"},
        {"p\u200bass\u00adword": "S"},
        {"body": "<password>S</password>"},
        {"text": "-----BEGIN PGP PRIVATE KEY BLOCK-----\nS"},
    ],
)
def test_a_value_that_anything_beside_it_names_a_secret_is_masked(payload: object) -> None:
    assert "S" not in str(masked({"args": {"payload": payload}})).replace("BEGIN PGP PRIVATE KEY BLOCK", "")


_WORDS = ["client", "old", "my", "service", "x", "value", "backup", "user"]
_SECRET_WORDS = ["password", "secret", "token", "credentials", "cookie", "passwd", "passphrase", "authorization"]
_STYLES = {
    "snake_case": "_".join,
    "kebab-case": "-".join,
    "SHOUTING": lambda words: "_".join(words).upper(),
    "camelCase": lambda words: words[0] + "".join(map(str.capitalize, words[1:])),
    "PascalCase": lambda words: "".join(map(str.capitalize, words)),
    "run together": "".join,
    "dotted": ".".join,
    "Header-Case": lambda words: "-".join(map(str.capitalize, words)),
}


@given(
    st.lists(st.sampled_from(_WORDS), max_size=3),
    st.sampled_from(_SECRET_WORDS),
    st.lists(st.sampled_from(_WORDS), max_size=2),
    st.sampled_from(sorted(_STYLES)),
    st.sampled_from(["", "2", "_1"]),
)
def test_a_secret_word_is_found_anywhere_in_a_name_however_it_is_written(
    before: list[str], word: str, after: list[str], style: str, number: str
) -> None:
    assert is_secret_name(_STYLES[style]([*before, word, *after]) + number)


@given(st.sampled_from([word for word in SECRET.split() if re.fullmatch("[a-z]+[A-Z][A-Za-z]+", word)]))
def test_camel_case_is_as_secret_as_snake_case_and_kebab_case(name: str) -> None:
    words = re.findall("[A-Z]?[a-z]+", name)
    assert (
        is_secret_name("_".join(words)) and is_secret_name("-".join(words).upper()) and is_secret_name(" ".join(words))
    )


@pytest.mark.parametrize("name", ["headers", "Headers", "httpHeaders", "extra_headers", "header"])
def test_every_header_is_secret_but_the_harmless_ones(name: str) -> None:
    posted = {"Accept": "*/*", "content-type": "application/json", "User-Agent": "x", "X-CUSTOM": "S", "X-Team": "S"}
    assert holds_headers(name)
    assert masked({name: posted})[name] == {**posted, "X-CUSTOM": MASK, "X-Team": MASK}
    assert masked({name: [{"name": "X-Team", "value": "S"}, {"name": "Accept", "value": "*/*"}, "X-Team: S"]}) == {
        name: [{"name": "X-Team", "value": MASK}, {"name": "Accept", "value": "*/*"}, MASK]
    }


def test_a_harmless_header_with_a_secret_in_it_is_masked_there() -> None:
    assert is_harmless_header("REFERER")
    assert masked({"headers": {"Referer": "https://h/?token=S"}}) == {
        "headers": {"Referer": f"https://h/?token={MASK}"}
    }


@pytest.mark.parametrize("name", ["env", "ENV", "environment", "envVars", "environment_variables"])
def test_every_environment_variable_is_secret(name: str) -> None:
    assert holds_environment(name)
    assert masked({name: {"MODE": "S", "N": 3}}) == {name: {"MODE": MASK, "N": MASK}}
    assert masked({name: [{"name": "MODE", "value": "S"}, "MODE=S"]}) == {name: [{"name": "MODE", "value": MASK}, MASK]}
    assert masked({name: "production"}) == {name: "production"}


@pytest.mark.parametrize("naming", ["name", "key", "header", "field", "parameter"])
def test_a_value_is_secret_whose_neighbour_names_it_so(naming: str) -> None:
    pair = {naming: "clientSecret", "value": "S", "other": "o"}
    assert masked({"args": {"payload": [pair]}}) == {"args": {"payload": [{**pair, "value": MASK}]}}
    assert masked([{naming: "colour", "value": "S"}]) == [{naming: "colour", "value": "S"}]


def test_an_argument_after_an_option_that_names_a_secret_is_one() -> None:
    assert masked(["--verbose", "yes", "--password", "S", "-t", "o"]) == [
        "--verbose",
        "yes",
        "--password",
        MASK,
        "-t",
        "o",
    ]
