import DataManager
import Gateway
import KeyValue
import Logging
import NIOPosix
import ServiceLifecycle
import Settings

/// The Redis that the settings name: what gateways and data managers share, and where events are passed on to.
struct SharedRedis: Service {
    let store: FallbackKeyValueStore
    let events: RedisEventSink
    private let client: RedisClient

    /// `nil` without the setting.
    ///
    /// - Throws: `CommandFailure` for an address that cannot be read; that Redis is away is no error.
    init?(_ settings: Settings, logger: Logger) throws {
        guard let url = settings.redisURL?.value else { return nil }
        do {
            client = try RedisClient(
                RedisConfiguration(url: url), group: MultiThreadedEventLoopGroup.singleton, logger: logger)
        } catch {
            throw CommandFailure("redis_url: \(error.message)", .usage)
        }
        store = FallbackKeyValueStore(RedisKeyValueStore(client), logger: logger) { key in
            QueryCache.keeps(key) ? .local : Gateway.outagePolicy(of: key)
        }
        events = RedisEventSink(client)
    }

    /// Keeps the connections until graceful shutdown.
    func run() async throws {
        await cancelWhenGracefulShutdown {
            await withTaskGroup(of: Void.self) { group in
                group.addTask { await client.run() }
                group.addTask { await store.run() }
            }
        }
    }
}
