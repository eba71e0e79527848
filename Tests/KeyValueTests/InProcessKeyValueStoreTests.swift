import Synchronization
import Testing

@testable import KeyValue

/// Milliseconds that a test moves.
final class ManualClock: Sendable {
    private let milliseconds = Mutex<Int64>(1_000_000)

    var now: Int64 { milliseconds.withLock { $0 } }

    func advance(by duration: Duration) { milliseconds.withLock { $0 += Int64(duration / .milliseconds(1)) } }
}

@Suite struct InProcessKeyValueStoreTests {
    private let clock = ManualClock()

    @Test func anEntryEndsToTheMillisecond() throws {
        let store = makeStore()
        try store.set("k", to: [1], expiry: .milliseconds(10))
        clock.advance(by: .milliseconds(9))
        #expect(try store.value(of: "k") == [1])
        clock.advance(by: .milliseconds(1))
        #expect(try store.value(of: "k") == nil)
        #expect(store.count == 0)
    }

    @Test func whatWasUsedLeastRecentlyMakesRoom() throws {
        let store = makeStore(values: 3)
        for key in ["a", "b", "c"] { try store.set(key, to: [1], expiry: nil) }
        #expect(try store.value(of: "a") == [1])
        try store.set("d", to: [1], expiry: nil)
        #expect(try store.values(of: ["a", "b", "c", "d"]) == [[1], nil, [1], [1]])
        #expect(store.evictions == KeyValueEvictions(expired: 0, leastRecentlyUsed: 1))
    }

    @Test func whatHasExpiredMakesRoomFirst() throws {
        let store = makeStore(values: 3)
        try store.set("a", to: [1], expiry: nil)
        try store.set("b", to: [1], expiry: .seconds(1))
        try store.set("c", to: [1], expiry: nil)
        clock.advance(by: .seconds(1))
        try store.set("d", to: [1], expiry: nil)
        #expect(try store.values(of: ["a", "b", "c", "d"]) == [[1], nil, [1], [1]])
        #expect(store.evictions == KeyValueEvictions(expired: 1, leastRecentlyUsed: 0))
    }

    @Test func bytesAreBounded() throws {
        let store = makeStore(values: 1000, bytes: 100_000)
        for number in 0..<500 { try store.set("\(number)", to: [UInt8](repeating: 1, count: 1000), expiry: nil) }
        #expect(store.valueBytes <= 100_000)
        #expect(store.count > 80)
        #expect(try store.value(of: "499") != nil)
        try store.set("larger than all", to: [UInt8](repeating: 1, count: 200_000), expiry: nil)
        #expect(store.count == 1)
    }

    @Test func expiredEntriesGiveTheirMemoryBackToLaterWrites() throws {
        let store = makeStore()
        for number in 0..<10_000 { try store.set("\(number)", to: [1], expiry: .seconds(1)) }
        clock.advance(by: .seconds(2))
        for number in 0..<2000 { try store.set("new-\(number)", to: [1], expiry: nil) }
        #expect(store.count == 2000)
        #expect(store.evictions.expired == 10_000)
    }

    @Test func aFloodOfWindowsPushesOutNoValue() throws {
        let store = makeStore(values: 10, windows: 1000)
        try store.set("session", to: [1], expiry: nil)
        for number in 0..<200_000 { _ = try store.admit("\(number)", cost: 1, under: RateLimit(5, per: .seconds(60))) }
        #expect(store.count == 1001)
        #expect(try store.value(of: "session") == [1])
        #expect(store.evictions.leastRecentlyUsed == 199_000)
    }

    /// Against a plain list in the order of use.
    @Test func entriesAreThoseOfASimpleModel() {
        var random = SeededGenerator(seed: 13)
        var entries = BoundedEntries<Int>(countLimit: 20, byteLimit: .max / 2)
        var model: [(key: String, value: Int, expiresAt: Int64?)] = []
        var now: Int64 = 0
        for step in 0..<50_000 {
            now += Int64.random(in: 0...3, using: &random)
            let key = "\(Int.random(in: 0..<40, using: &random))"
            let position = model.firstIndex { $0.key == key }
            switch Int.random(in: 0...9, using: &random) {
            case 0:
                entries.remove(key)
                if let position { model.remove(at: position) }
            case 1...4:
                let found = entries.read(key, now: now)
                let expected = position.map { model.remove(at: $0) }
                let isLive = expected.map { ($0.expiresAt ?? .max) > now } ?? false
                #expect(found?.value == (isLive ? expected?.value : nil))
                if isLive, let expected { model.append(expected) }
            default:
                let expiresAt = Bool.random(using: &random) ? now + Int64.random(in: 1...60, using: &random) : nil
                entries.write(key, step, size: 1, expiresAt: expiresAt, now: now)
                if let position { model.remove(at: position) }
                model.removeAll { ($0.expiresAt ?? .max) <= now }
                if model.count == 20 { model.removeFirst() }
                model.append((key, step, expiresAt))
            }
            #expect(entries.count <= 20)
        }
    }

    private func makeStore(values: Int = 100_000, bytes: Int = 64 << 20, windows: Int = 1000) -> InProcessKeyValueStore
    {
        let clock = clock
        return InProcessKeyValueStore(
            bounds: .init(values: values, valueBytes: bytes, windows: windows), clock: { clock.now })
    }
}
