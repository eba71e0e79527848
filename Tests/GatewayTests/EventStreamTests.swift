import AIBoxAPI
import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1
import NIOPosix
import ServiceClients
import Testing

@testable import AIBoxClient
@testable import DataManager
@testable import Gateway

@Suite(.timeLimit(.minutes(1)))
struct EventStreamTests {
    /// An open stream, read message by message.
    private struct Stream {
        let response: HTTPClientResponse
        private var bytes: HTTPClientResponse.Body.AsyncIterator
        private var parser = EventStreamParser()
        private var waiting: ArraySlice<EventStreamParser.Message> = []
        private(set) var text = ""

        init(_ box: RunningGateway, _ query: String = "", lastEventID: String? = nil, token: String) async throws {
            var request = HTTPClientRequest(url: "\(box.address)/system/events\(query)")
            request.headers.add(name: "Authorization", value: "Bearer \(token)")
            if let lastEventID { request.headers.add(name: "Last-Event-ID", value: lastEventID) }
            response = try await HTTPClient.shared.execute(request, deadline: .distantFuture)
            bytes = response.body.makeAsyncIterator()
        }

        /// `nil` at the end of the stream.
        mutating func next() async throws -> EventStreamParser.Message? {
            while waiting.isEmpty {
                guard let piece = try await bytes.next() else { return nil }
                text += String(buffer: piece)
                waiting = try parser.messages(in: piece)[...]
            }
            return waiting.popFirst()
        }

        /// Waits for the first bytes, which come at once.
        mutating func begin() async throws {
            guard let piece = try await bytes.next() else { return }
            text += String(buffer: piece)
            waiting += try parser.messages(in: piece)
        }
    }

    private static func plate(_ number: String) -> NewKnownPlate { NewKnownPlate(plateNumber: number) }

    @Test func eventsComeAsTheyHappenAndAreTheOnesThatWereStored() async throws {
        try await withGateway { box in
            let client = try await box.client()
            var stream = try await Stream(box, token: box.token(.analyst))
            #expect(stream.response.status == .ok)
            let headers = stream.response.headers
            #expect(headers.first(name: "content-type") == "text/event-stream; charset=utf-8")
            #expect(headers.first(name: "cache-control") == "no-store")
            #expect(headers.first(name: "x-accel-buffering") == "no")
            try await stream.begin()
            #expect(stream.text.hasPrefix("retry: 3000\n\n"))
            // What is made after the answer has begun is on the stream, or was before it: ask for it by number.
            let plate = try await client.createKnownPlate(Self.plate("A1"))
            let analysed = try await client.analyze(RunningGateway.picture, tasks: [.persons])
            var replay = try await Stream(box, "?last_event_id=0", token: box.token(.operator))
            let (first, second) = (try await replay.next(), try await replay.next())
            #expect(first?.name == "KnownPlatesChanged" && first?.id == "1")
            #expect(second?.name == "ModelInferenceCompleted" && second?.id == "2")
            let event = try JSONDecoder().decode(Event.self, from: Data(#require(first).data.utf8))
            #expect(event.subject == plate.id.description && event.sequence == 1)
            let inference = try JSONDecoder().decode(Event.self, from: Data(#require(second).data.utf8))
            #expect(inference.id == analysed.id)
        }
    }

    @Test func clientThatComesBackMissesNothing() async throws {
        try await withGateway { box in
            let (client, token) = (try await box.client(), try await box.token(.analyst))
            for index in 0..<3 { _ = try await client.createKnownPlate(Self.plate("A\(index)")) }
            var seen: [String] = []
            var first = try await Stream(box, "?last_event_id=0", token: token)
            for _ in 0..<2 { try await first.next().map { seen.append($0.id) } }
            for index in 3..<6 { _ = try await client.createKnownPlate(Self.plate("A\(index)")) }
            // The header goes before the option of the address, which is that of the first time.
            var second = try await Stream(box, "?last_event_id=0", lastEventID: seen.last, token: token)
            for _ in 0..<4 { try await second.next().map { seen.append($0.id) } }
            #expect(seen == ["1", "2", "3", "4", "5", "6"])
            let waiting = Task { [second] in
                var stream = second
                return try await stream.next()?.id
            }
            _ = try await client.createKnownPlate(Self.plate("A9"))
            #expect(try await waiting.value == "7")
        }
    }

    @Test func typesAreFilteredAndPurgedEventsAnnounced() async throws {
        try await withGateway { box in
            let (client, token) = (try await box.client(), try await box.token(.admin))
            for index in 0..<4 { _ = try await client.createKnownPlate(Self.plate("A\(index)")) }
            let person = try await client.createPerson(NewPerson(name: "An"))
            var filtered = try await Stream(
                box, "?type=GalleryChanged,DeviceStatusChanged&last_event_id=0", token: token)
            let only = try #require(try await filtered.next())
            #expect(only.name == "GalleryChanged" && only.id == "5" && only.data.contains(person.id.description))
            #expect(!only.data.contains("An\""))

            // More than are kept in memory.
            try await box.data.write { db in
                for _ in 0..<600 { try EventRows.append(KnownPlatesChanged(.deleted, plate: UUIDv7()), db) }
            }
            while box.data.feed.latest < 605 { await Task.yield() }
            let epoch = Timestamp(milliseconds: 0)
            _ = try await box.data.write { try EventRows.purge(before: epoch, keeping: 500, $0) }
            var late = try await Stream(box, lastEventID: "1", token: token)
            let reset = try #require(try await late.next())
            #expect(reset.name == "reset" && reset.id == "105" && reset.data == #"{"sequence":105}"#)
            #expect(try await late.next()?.id == "106")
        }
    }

    @Test(arguments: [
        ("?type=Nonsense", nil), ("?last_event_id=-1", nil), ("?lastEventId=1", nil), ("", "x"), ("", "-1"),
    ])
    func whatIsNoPlaceInTheStreamIsRefused(query: String, header: String?) async throws {
        try await withGateway { box in
            let headers = header.map { [("Last-Event-ID", $0)] } ?? []
            let answer = try await box.call(
                .GET, "/system/events\(query)", token: box.token(.admin), headers: headers)
            #expect(answer.status == 422)
        }
    }

    @Test func streamsAreLimitedAndGiveTheirPlaceBack() async throws {
        try await withGateway(configure: { $0.maximumEventStreams = 1 }) { box in
            let token = try await box.token(.admin)
            do {
                var first = try await Stream(box, token: token)
                try await first.begin()
                let second = try await box.call(.GET, "/system/events", token: token)
                #expect(second.status == 503 && second.headers.first(name: "retry-after") == "30")
                #expect(box.gateway.streams.openCount == 1)
                // No stream is opened for the head alone.
                #expect(try await box.call(.HEAD, "/system/events", token: token).status == 503)
            }
        }
    }

    @Test func streamEndsWithTheAccessToken() async throws {
        try await withGateway { box in
            let token = try await box.token(.analyst)
            var stream = try await Stream(box, "?last_event_id=0", token: token)
            try await stream.begin()
            box.clock.advance(900)
            // The token is looked at before each piece.
            _ = try await box.data.createKnownPlate(KnownPlate(plateNumber: "A1", label: "", list: .watch))
            while try await stream.next() != nil {}
            #expect(stream.text.contains(": the access token is no longer good"))
        }
    }

    @Test func openStreamEndsWhenTheGatewayStops() async throws {
        let (opened, source) = AsyncStream.makeStream(of: Stream.self)
        try await withGateway { box in
            var stream = try await Stream(box, token: box.token(.analyst))
            try await stream.begin()
            source.yield(stream)
        }
        var stream = try #require(await opened.first { _ in true })
        while try await stream.next() != nil {}
    }

    @Test func readerThatDoesNotReadIsDropped() async throws {
        try await withGateway(configure: { $0.eventPatience = .milliseconds(200) }) { box in
            // More than all buffers on the way hold.
            try await box.data.write { db in
                for _ in 0..<40_000 { try EventRows.append(KnownPlatesChanged(.deleted, plate: UUIDv7()), db) }
            }
            let token = try await box.token(.analyst)
            let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                .channelOption(.autoRead, value: false)
                .connect(host: "127.0.0.1", port: box.port).get()
            let request =
                "GET /system/events?last_event_id=0 HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer \(token)\r\n\r\n"
            try await channel.writeAndFlush(ByteBuffer(string: request))
            while box.gateway.streams.openCount == 0 { await Task.yield() }
            while box.gateway.streams.openCount > 0 { await Task.yield() }
            try await channel.close()
        }
    }

    @Test func clientLibraryFollowsTheStream() async throws {
        try await withGateway { box in
            let client = try await box.client()
            for index in 0..<3 { _ = try await client.createKnownPlate(Self.plate("A\(index)")) }
            var events = client.events(EventQuery(after: 1)).makeAsyncIterator()
            #expect(try await events.next()?.sequence == 2)
            #expect(try await events.next()?.sequence == 3 && events.position == 3)
        }
    }
}
