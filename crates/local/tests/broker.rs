//! The broker of the local stack: real, and back on its data after a kill.

#[cfg(test)]
mod tests {
    use std::path::Path;

    use rdkafka::ClientConfig;
    use rdkafka::consumer::{BaseConsumer, Consumer};
    use std::time::Duration;
    use wattledger_local::broker::{Broker, BrokerConfig, Error};
    use wattledger_local::{ports, topics};
    use wattledger_record::topics::EVENTS;

    fn config(name: &str) -> BrokerConfig {
        let jars = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../.local/kafka-libs");
        assert!(jars.exists(), "{} is missing: run `make fetch`", jars.display());
        let data = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}-{}", std::process::id()));
        BrokerConfig {
            jars: jars.canonicalize().unwrap(),
            data,
            port: ports::free().unwrap(),
            controller_port: ports::free().unwrap(),
        }
    }

    fn partitions(address: &str) -> usize {
        let client: BaseConsumer =
            ClientConfig::new().set("bootstrap.servers", address).set("log_level", "0").create().unwrap();
        let metadata = client.fetch_metadata(Some(EVENTS), Duration::from_secs(30)).unwrap();
        metadata.topics().iter().map(|topic| topic.partitions().len()).sum()
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_killed_broker_comes_back_with_its_topics() {
        let config = config("broker");
        let data = config.data.clone();
        let broker = tokio::task::spawn_blocking(move || Broker::start(config).unwrap()).await.unwrap();
        topics::create(&broker.address()).await.unwrap();
        // once more: what is there stays
        topics::create(&broker.address()).await.unwrap();
        let address = broker.address();
        let count = move || partitions(&address);
        assert_eq!(tokio::task::spawn_blocking(count.clone()).await.unwrap(), 6);
        let broker = tokio::task::spawn_blocking(move || broker.kill_and_restart().unwrap()).await.unwrap();
        assert_eq!(tokio::task::spawn_blocking(count).await.unwrap(), 6);
        drop(broker);
        std::fs::remove_dir_all(data).unwrap();
    }

    #[test]
    fn missing_jars_say_what_to_do() {
        let missing = BrokerConfig { jars: "/nowhere".into(), ..config("no-jars") };
        let error = Broker::start(missing).unwrap_err();
        assert!(matches!(error, Error::NoJars(_)), "{error}");
        assert!(error.to_string().contains("make fetch"), "{error}");
    }
}
