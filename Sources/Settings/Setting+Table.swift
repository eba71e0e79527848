extension Setting {
    /// Every setting, in the order of the reference. A derived default may use what stands above it.
    public static let table: [Setting] =
        serving + modelFiles + inference + limits + observation + stores + encryption + backups + distribution

    private static let serving: [Setting] = [
        Setting(
            .role, .choice(\.role), default: .text("all"),
            "The services that this process runs; `all` runs the three in one process."),
        Setting(
            .host, .string(\.host), default: .text("127.0.0.1"),
            "The address to listen on; `0.0.0.0` for every IPv4 address of the machine."),
        Setting(
            .port, .integer(0...65_535, \.port),
            default: .derived(described: "8000; model-server 8001, data-manager 8002") { settings, _ in
                switch settings.role {
                case .all, .gateway: "8000"
                case .modelServer: "8001"
                case .dataManager: "8002"
                }
            },
            "The port to listen on; 0 lets the system choose a free one."),
        Setting(.config, .path(\.config), "The YAML file to read; the only setting that cannot stand in that file."),
        Setting(
            .dataDirectory, .path(\.dataDirectory),
            default: .derived(described: "root: /var/lib/aibox; others: ~/.local/share/aibox") { _, account in
                account.dataDirectory
            },
            "The folder of the database, the pictures and everything else that is kept; `XDG_DATA_HOME` moves its default."
        ),
    ]

    private static let modelFiles: [Setting] = [
        Setting(
            .models, .paths(\.models),
            "Folders with model files that are used where they lie, before the cache; `:` between."),
        Setting(
            .modelCache, .path(\.modelCache),
            default: .derived(described: "<data_dir>/models") { settings, _ in "\(settings.dataDirectory)/models" },
            "The folder into which `aibox models pull` puts model files."),
        Setting(
            .catalog, .path(\.catalog),
            "A further catalogue of models (JSON); its entries add to the built-in ones or replace them."),
        Setting(
            .allowLicences, .list("NAMES", "no list of licences", \.allowLicences),
            "Licences of models to accept although they are not free for commercial use, e.g. `AGPL-3.0`; `,` between."),
        Setting(
            .taskModels, .mapping(\.taskModels, example: "persons=yolox_nano_416,faces=yunet_s_dynamic@1"),
            "The model of a task instead of the default one, as `task=model` with `,` between; a mapping in the file."),
        Setting(
            .falseAcceptRate, .number(1e-9...0.5, \.falseAcceptRate), default: .text("1e-4"),
            "Share of strangers who may pass for somebody in one comparison of faces; the threshold follows from it."),
    ]

    private static let inference: [Setting] = [
        Setting(
            .engines, .paths(\.engines),
            default: .derived(described: "<data_dir>/engines") { settings, _ in "\(settings.dataDirectory)/engines" },
            "Folders with `libonnxruntime.so*` and `libopenvino*.so*`; `:` between."),
        Setting(
            .engine, .choice(\.engine), default: .text("auto"),
            "The inference engine; `auto` takes ONNX Runtime where it is present and the model allows it, else OpenVINO."
        ),
        Setting(
            .threadsPerSession, .integer(0...256, \.threadsPerSession), default: .text("0"),
            "Threads that one inference uses; 0: one, which leaves the other cores to other inferences."),
        Setting(
            .parallel, .integer(0...256, \.parallel), default: .text("0"),
            "Inferences of one model at the same time; 0: chosen from the machine."),
        Setting(
            .queueLimit, .integer(1...100_000, \.queueLimit), default: .text("64"),
            "Requests that may wait for one model; further ones get 503 with `Retry-After`."),
    ]

    private static let limits: [Setting] = [
        Setting(
            .maxBodyBytes, .bytes(1_000...2_000_000_000, \.maxBodyBytes), default: .text("20MB"),
            "The largest request body; larger ones get 413 before they are read."),
        Setting(
            .maxPixels, .integer(1...1_000_000_000, \.maxPixels), default: .text("50_000_000"),
            "The largest picture in pixels; larger ones get 413 before they are decoded."),
        Setting(
            .requestTimeout, .duration(.milliseconds(100)...(.seconds(3_600)), \.requestTimeout), default: .text("30s"),
            "How long one request may take, unless its `X-Deadline-Ms` asks for less."),
    ]

    private static let observation: [Setting] = [
        Setting(.logLevel, .choice(\.logLevel), default: .text("info"), "The least severe messages that are logged."),
        Setting(
            .logFormat, .choice(\.logFormat), default: .text("text"), "One JSON object a line, or text for people."),
        Setting(
            .swaggerUI, .path(\.swaggerUI),
            "A folder with `swagger-ui.css` and `swagger-ui-bundle.js`, shown at `/docs`; without it a plain reference."
        ),
        Setting(
            .metricsAllow,
            .list("ADDRESSES", "no list of addresses like 127.0.0.1,10.0.0.0/8", \.metricsAllow, NetworkRange.isValid),
            default: .text("127.0.0.1,::1"),
            "Who may read `/metrics` without a credential: addresses and networks, `,` between."),
    ]

    private static let stores: [Setting] = [
        Setting(
            .adminPassword, .secret(\.adminPassword),
            "The password of the user `admin` at the very first start; without it a random one is made and shown once."),
        Setting(
            .internalSecret, .secret(\.internalSecret),
            "Signs the tokens that the services show one another; made at the first start when one process runs all."),
        Setting(
            .databaseURL,
            .secret(
                \.databaseURL,
                "no database address; examples: sqlite:/srv/aibox/aibox.sqlite, postgres://user@host/aibox"
            ) { address in
                ["sqlite:", "postgres://", "postgresql://"].contains { address.hasPrefix($0) }
            },
            default: .derived(described: "sqlite:<data_dir>/aibox.sqlite") { settings, _ in
                "sqlite:\(settings.dataDirectory)/aibox.sqlite"
            },
            "The database: `sqlite:PATH`, or `postgres://…` as libpq takes it, several hosts and TLS included."),
        Setting(
            .databaseReplicas,
            .secret(\.databaseReplicas, "no list of replicas; example: postgres://user@replica/aibox") { addresses in
                addresses.split(separator: " ").allSatisfy {
                    $0.hasPrefix("postgres://") || $0.hasPrefix("postgresql://")
                }
            },
            "Streaming replicas of the PostgreSQL server for reads that need not be fresh; a space between."),
        Setting(
            .mongodbURL,
            .secret(\.mongodbURL, "no address of MongoDB; example: mongodb://user:password@host/aibox?tls=true") {
                $0.hasPrefix("mongodb://") || $0.hasPrefix("mongodb+srv://")
            },
            "MongoDB, which keeps the metadata of inferences instead of the database; as libmongoc takes it."),
        Setting(
            .metadataIndexes,
            .list(
                "PATHS", "no list of paths like site,camera.position", \.metadataIndexes, Self.isPath),
            "Paths in the metadata of inferences that detections can be searched by (`metadata.site=…`); `,` between."),
        Setting(
            .timeZone, .string(\.timeZone), default: .text("UTC"),
            "The time zone of the site, whose days and hours summaries have: IANA's name, or an offset like `+07:00`."),
    ]

    /// Names with dots between, as the store of documents takes them.
    private static func isPath(_ text: String) -> Bool {
        let names = text.split(separator: ".", omittingEmptySubsequences: false)
        return names.count <= 8
            && names.allSatisfy { $0.utf8.count <= 64 && $0.wholeMatch(of: /[A-Za-z_][A-Za-z0-9_\-]*/) != nil }
    }

    private static let encryption: [Setting] = [
        Setting(
            .s3URL,
            .secret(\.s3URL, "no address of a bucket; example: s3://KEY:SECRET@host/bucket?region=eu-central-1") {
                $0.hasPrefix("s3://")
            },
            "Where pictures and files are kept, instead of `<data_dir>/blobs`: a bucket of an S3 service, or a prefix in one."
        ),
        Setting(
            .maxFileBytes, .bytes(1_000_000...1_000_000_000_000, \.maxFileBytes), default: .text("2GB"),
            "What one file of `/files` may have."),
        Setting(
            .fileQuotaBytes, .bytes(1_000_000...1_000_000_000_000_000, \.fileQuotaBytes), default: .text("50GB"),
            "What all files of `/files` may have together."),
        Setting(
            .encryptionKey, .secret(\.encryptionKey),
            "Seals persons, plates, pictures and files: keys of `aibox keys make`, one a line, the newest first; without any all is plain."
        ),
        Setting(
            .encryptionKeyCommand, .string(\.encryptionKeyCommand),
            "A program that prints the keys instead, e.g. `vault kv get -field=keys secret/aibox`; run without a shell."
        ),
        Setting(
            .encryptionRequireSealed, .boolean(\.encryptionRequireSealed), default: .text("false"),
            "Refuse what is stored plain; to be set once the log has said that all is sealed."),
    ]

    private static let backups: [Setting] = [
        Setting(
            .backupDirectory, .path(\.backupDirectory),
            default: .derived(described: "<data_dir>/backups") { settings, _ in "\(settings.dataDirectory)/backups" },
            "The folder of the backups that are asked for by `/system/backups` or made by the schedule; best another disk."
        ),
        Setting(
            .backupKeep, .integer(1...1000, \.backupKeep), default: .text("7"),
            "How many backups are kept in that folder; the oldest ones go after a new one is whole."),
        Setting(
            .backupSchedule, .string(\.backupSchedule),
            "When a backup of the database is made, as a cron expression in UTC: `30 2 * * *`, `@daily`; unset: never."),
        Setting(
            .detectionsRetention, .duration(.seconds(86_400)...(.seconds(36_500 * 86_400)), \.detectionsRetention),
            "How long detections with their pictures are kept after they were stored, e.g. `90d`; unset: for ever."),
    ]

    private static let distribution: [Setting] = [
        Setting(
            .redisURL,
            .secret(
                \.redisURL,
                "no address of Redis; examples: redis://:password@host, rediss://host, redis-sentinel://host/master"
            ) { address in
                ["redis://", "rediss://", "redis-sentinel://", "rediss-sentinel://"].contains {
                    address.hasPrefix($0)
                }
            },
            "Redis, shared by several gateways for logouts and wrong passwords and by data managers for counts; gets every event."
        ),
        Setting(
            .modelServers, .addresses(\.modelServers),
            "Addresses of the model servers, for a gateway that runs alone; `,` between."),
        Setting(
            .dataManagers, .addresses(\.dataManagers),
            "Addresses of the data managers, for a gateway that runs alone; `,` between."),
        Setting(
            .webhookAllow,
            .list(
                "ADDRESSES", "no list of addresses like 127.0.0.1,10.0.0.0/8", \.webhookAllow, NetworkRange.isValid),
            "Addresses and networks of this machine and of private networks that webhooks may be sent to; `,` between."
        ),
        Setting(
            .spoolMaxBytes, .bytes(1_000_000...1_000_000_000_000, \.spoolMaxBytes), default: .text("1GB"),
            "What may wait in `<data_dir>/spool` (`store=async`) while the data manager is away; beyond it 503."),
    ]
}
