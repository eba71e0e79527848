import Testing

@testable import KeyValue

@Suite struct RedisAvailabilityTests {
    private let reason = KeyValueError(.unavailable, "refused")

    @Test func callsWaitForTheFirstConnectionAndThenTakeTurns() {
        var availability = RedisAvailability<Int>()
        #expect(Self.text(availability.admit()) == "wait")
        _ = availability.connected([7, 8])
        let turns = (0..<4).map { _ in Self.text(availability.admit()) }
        #expect(turns == ["go 8", "go 7", "go 8", "go 7"])
    }

    @Test func aBrokenConnectionIsWaitedForOnce() {
        var availability = RedisAvailability<Int>()
        _ = availability.connected([7, 8])
        #expect(availability.lost(hung: false) == [7, 8])
        #expect(availability.lost(hung: false) == [])
        #expect(Self.text(availability.admit()) == "wait")
        let isOpen = availability.impatient(round: availability.round, error: reason)
        #expect(isOpen)
        #expect(Self.text(availability.admit()) == "fail unavailable")
    }

    @Test func afterAHangCallsFailAtOnceUntilThereIsAConnection() {
        var availability = RedisAvailability<Int>()
        _ = availability.connected([7])
        #expect(availability.lost(hung: true) == [7])
        #expect(Self.text(availability.admit()) == "fail unavailable")
        availability.failed(KeyValueError(.denied, "password"))
        #expect(Self.text(availability.admit()) == "fail denied")
        _ = availability.connected([9])
        #expect(Self.text(availability.admit()) == "go 9")
    }

    @Test func patienceWithAnEarlierRoundEndsNothing() {
        var availability = RedisAvailability<Int>()
        let first = availability.round
        _ = availability.connected([7])
        _ = availability.lost(hung: false)
        let isOpen = availability.impatient(round: first, error: reason)
        #expect(!isOpen)
        #expect(Self.text(availability.admit()) == "wait")
    }

    @Test func closedIsForEver() {
        var availability = RedisAvailability<Int>()
        _ = availability.connected([7])
        #expect(availability.close() == [7])
        let isWanted = availability.connected([8])
        #expect(!isWanted)
        #expect(Self.text(availability.admit()) == "fail closed")
    }

    private static func text(_ admission: RedisAvailability<Int>.Admission) -> String {
        switch admission {
        case .go(let connection): "go \(connection)"
        case .wait: "wait"
        case .fail(let error): "fail \(error.code.rawValue)"
        }
    }
}
