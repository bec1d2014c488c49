//! From a configuration to a running gateway, and down again.
//!
//! Order of the end: unready and no new connection → requests in flight finish → deliveries under way are reported →
//! the producer is flushed → the admin port closes. Each step waits at most for what is left of `drain_s`; whatever
//! is cut off was acknowledged to nobody.

use std::net::{SocketAddr, TcpListener};
use std::num::NonZero;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::admin::{self, Heartbeat};
use crate::admission::Shares;
use crate::config::{Config, FRAMING_BYTES};
use crate::error::Error;
use crate::intake::Intake;
use crate::listen::accept::Acceptor;
use crate::listen::http;
use crate::metrics::Metrics;
use crate::preview::Previewer;
use crate::producer;
use crate::publish::Publisher;
use crate::tenants::Store;
use crate::topic::{self, Unchecked, Wanted};

/// How long the producer may take to deliver the rest when the time for requests is already over.
const LAST_FLUSH: Duration = Duration::from_secs(1);

/// A gateway that is bound and not yet serving.
pub struct Gateway {
    intake: Arc<Intake>,
    settings: rdkafka::ClientConfig,
    listener: TcpListener,
    admin: TcpListener,
}

/// Looks at a topic that seems missing, and the pause between them, before it counts as missing.
const LOOKS: u32 = 5;
const LOOK_AGAIN: Duration = Duration::from_millis(500);

/// Binds and serves until `shutdown`.
///
/// # Errors
/// [`Error`] if it cannot start, or if the topic turns out to be unfit.
pub async fn run(config: Config, shutdown: CancellationToken) -> Result<(), Error> {
    Gateway::bind(config)?.serve(shutdown).await
}

impl Gateway {
    /// Checks the configuration, reads the tenants, binds both addresses, makes the producer.
    ///
    /// # Errors
    /// [`Error`] for the first of these that fails.
    pub fn bind(config: Config) -> Result<Self, Error> {
        let problems = config.problems();
        if !problems.is_empty() {
            return Err(Error::Configuration(problems));
        }
        let tenants = Store::open(config.tenants.clone())?;
        let metrics = Metrics::new(&config);
        metrics.tenants(tenants.current().names());
        let settings = producer::settings(&config.kafka, config.limits.payload_bytes_max, &config.id);
        let publisher = Publisher::new(settings.clone(), &config.kafka, config.breaker, Arc::clone(&metrics))
            .map_err(Error::Producer)?;
        let cores = std::thread::available_parallelism().map_or(1, NonZero::get);
        let intake = Intake {
            tenants,
            publisher: Arc::new(publisher),
            previewer: Previewer::new(cores, config.limits.preview_bytes_max),
            metrics,
            in_flight: Arc::new(Semaphore::new(config.limits.in_flight_bytes_max)),
            shares: Shares::new(config.limits.tenant_in_flight_bytes()),
            inflating: Arc::new(Semaphore::new(cores)),
            tasks: TaskTracker::new(),
            stop: CancellationToken::new(),
            config,
        };
        let listener = listen(intake.config.listen)?;
        let admin = listen(intake.config.admin)?;
        Ok(Self { intake: Arc::new(intake), settings, listener, admin })
    }

    /// Where feeders connect; differs from the configuration where that says port 0.
    ///
    /// # Errors
    /// [`Error::Listen`] if the system does not tell.
    pub fn address(&self) -> Result<SocketAddr, Error> {
        address_of(&self.listener, self.intake.config.listen)
    }

    /// Where probes and metrics are served.
    ///
    /// # Errors
    /// [`Error::Listen`] if the system does not tell.
    pub fn admin_address(&self) -> Result<SocketAddr, Error> {
        address_of(&self.admin, self.intake.config.admin)
    }

    /// Serves until `shutdown`.
    ///
    /// # Errors
    /// [`Error::Topic`] if the topic turns out to be unfit, [`Error::Listen`] or [`Error::Thread`] if the system
    /// refuses what is needed.
    pub async fn serve(self, shutdown: CancellationToken) -> Result<(), Error> {
        let (public, admin_at) = (self.address()?, self.admin_address()?);
        let Self { intake, settings, listener, admin } = self;
        let listener = tokio::net::TcpListener::from_std(listener)
            .map_err(|source| Error::Listen { address: public, source })?;
        let background = CancellationToken::new();
        let ended = background.clone().drop_guard();
        let heartbeat = Heartbeat::new();
        let probes = admin::serve(admin, Arc::clone(&intake), Arc::clone(&heartbeat), background.clone())?;
        tokio::spawn(heartbeat.beat(background.clone()));
        tokio::spawn(Arc::clone(&intake.publisher).tend(background.clone()));
        tokio::spawn(reload_tenants(Arc::clone(&intake), background.clone()));
        let connections = TaskTracker::new();
        let acceptor = Acceptor {
            router: http::router(Arc::clone(&intake)),
            limits: intake.config.limits,
            metrics: Some(Arc::clone(&intake.metrics)),
            stop: intake.stop.clone(),
            connections: connections.clone(),
        };
        tokio::spawn(acceptor.run(listener));
        tracing::info!(%public, admin = %admin_at, id = intake.config.id, "gateway serves");

        let outcome = shutdown.run_until_cancelled(watch_topic(&intake, &settings)).await.unwrap_or(Ok(()));
        drain(&intake, &connections).await;
        drop(ended);
        if probes.join().is_err() {
            tracing::warn!("the admin thread had panicked");
        }
        outcome
    }
}

fn listen(address: SocketAddr) -> Result<TcpListener, Error> {
    let refused = |source| Error::Listen { address, source };
    let listener = TcpListener::bind(address).map_err(refused)?;
    listener.set_nonblocking(true).map_err(refused)?;
    Ok(listener)
}

fn address_of(listener: &TcpListener, configured: SocketAddr) -> Result<SocketAddr, Error> {
    listener.local_addr().map_err(|source| Error::Listen { address: configured, source })
}

/// Looks at the topic until a broker answers; then opens the door and never returns, or says what is wrong.
async fn watch_topic(intake: &Intake, settings: &rdkafka::ClientConfig) -> Result<(), Error> {
    let config = &intake.config;
    let wanted = Wanted {
        topic: config.kafka.topic.clone(),
        partitions: config.kafka.partitions,
        message_bytes: config.limits.payload_bytes_max + FRAMING_BYTES,
        insync_replicas: if config.local { 1 } else { 2 },
    };
    let mut looks = 0;
    loop {
        looks += 1;
        match topic::check(settings, &wanted).await {
            Ok(partitions) => {
                tracing::info!(topic = wanted.topic, partitions, "topic is fit");
                intake.publisher.topic_is_fit();
                std::future::pending::<()>().await;
            }
            Err(Unchecked::Unfit(unfit)) if unfit.may_pass() && looks < LOOKS => {
                tokio::time::sleep(LOOK_AGAIN).await;
            }
            Err(Unchecked::Unfit(unfit)) => return Err(unfit.into()),
            Err(Unchecked::Away(error)) => {
                looks = 0;
                tracing::warn!(%error, "kafka does not answer yet");
                tokio::time::sleep(Duration::from_millis(config.breaker.probe_ms)).await;
            }
        }
    }
}

async fn reload_tenants(intake: Arc<Intake>, stop: CancellationToken) {
    let tenants = &intake.config.tenants;
    if tenants.file.is_none() || tenants.reload_s == 0 {
        return;
    }
    let pause = Duration::from_secs(tenants.reload_s);
    while stop.run_until_cancelled(tokio::time::sleep(pause)).await.is_some() {
        match intake.tenants.reload() {
            None => {}
            Some(Ok(directory)) => {
                intake.metrics.tenants(directory.names());
                intake.metrics.tenants_reloaded(true);
                tracing::info!("tenants read again");
            }
            Some(Err(error)) => {
                intake.metrics.tenants_reloaded(false);
                tracing::error!(error = &error as &dyn std::error::Error, "tenants kept as they were");
            }
        }
    }
}

async fn drain(intake: &Intake, connections: &TaskTracker) {
    tracing::info!(connections = connections.len(), "gateway stops");
    let until = Instant::now() + Duration::from_secs(intake.config.drain_s);
    let left = || until.saturating_duration_since(Instant::now());
    intake.stop.cancel();
    connections.close();
    intake.tasks.close();
    if tokio::time::timeout(left(), connections.wait()).await.is_err() {
        tracing::warn!(connections = connections.len(), "requests were cut off");
    }
    if tokio::time::timeout(left(), intake.tasks.wait()).await.is_err() {
        tracing::warn!(requests = intake.tasks.len(), "deliveries were cut off");
    }
    intake.publisher.flush(left().max(LAST_FLUSH)).await;
}
