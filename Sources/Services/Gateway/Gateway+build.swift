import AIBoxAPI
import Hummingbird
import ServiceClients
import ServiceHTTP

extension Gateway {
    /// Every route of the gateway, complete.
    public func router() -> Router<GatewayContext> {
        let router = routes()
        router.refuseOtherMethods()
        return router
    }

    /// The routes of the contract, without those that only say which method is right.
    func routes() -> Router<GatewayContext> {
        let router = makeServiceRouter(context: GatewayContext.self)
        let system = SystemRoutes(models: models, data: data, spool: spool, revocations: revocations)
        HealthRoutes(
            metricsReaders: configuration.metricsReaders, exposition: configuration.exposition,
            health: system.ownHealth
        ).add(to: router)
        pages.add(to: router)
        AuthRoutes(data: data, sessions: sessions, hasher: hasher, throttle: throttle).add(to: router, authenticator)

        let everybody = router.admitting(.viewer, authenticator)
        system.add(to: everybody)
        ModelRoutes(models: models).add(to: everybody)
        SummaryRoutes(data: data).add(to: everybody)
        let analysts = router.admitting(.analyst, authenticator)
        let operators = router.admitting(.operator, authenticator)
        DetectionRoutes(data: data).add(to: analysts)
        PersonRoutes(data: data).add(toReaders: analysts, writers: operators)
        KnownPlateRoutes(data: data).add(toReaders: analysts, writers: operators)
        DeviceRoutes(data: data).add(toReaders: everybody, writers: operators)
        FileRoutes(data: data).add(toReaders: analysts, writers: operators)
        JobRoutes(data: data).add(toReaders: analysts, writers: operators)
        EventStreamRoutes(
            data: data, authenticator: authenticator, streams: streams, patience: configuration.eventPatience
        ).add(to: analysts)
        AlertRoutes(data: data).add(toReaders: analysts, writers: operators)
        BackupRoutes(data: data).add(to: router.admitting(.admin, authenticator))
        WebhookRoutes(data: data).add(toReaders: operators, writers: router.admitting(.admin, authenticator))
        let reader = BodyReader(
            limit: configuration.maxBodyBytes, remedy: "send a smaller picture or raise the setting max_body_bytes")
        let intake = AnalysisIntake(reader: reader)
        FaceRoutes(models: models, data: data, intake: intake, timeout: configuration.requestTimeout)
            .add(toReaders: analysts, writers: operators)
        AnalysisRoutes(
            models: models, data: data, spool: spool, intake: intake, timeout: configuration.requestTimeout
        ).add(to: operators)
        return router
    }
}
