import AIBoxAPI
import Foundation
import Testing

extension LiveTests {
    /// What must be refused is refused by name, by a process that lives on within bounded memory.
    @Suite(.enabled(if: Places.canServe, Comment(rawValue: Places.cannotServe)), .timeLimit(.minutes(3)))
    struct BadInputTests {
        private static let path = "/human-analysis/person-detection"
        private static let picture = Pictures.black(width: 96, height: 64)
        private static let memoryLimit = 400 << 20

        /// One request that has to be refused.
        private struct Bad: Sendable {
            var what: String
            var request: Request
            var statuses: ClosedRange<Int>

            init(_ what: String, _ request: Request, _ status: Int) { self.init(what, request, status...status) }

            init(_ what: String, _ request: Request, _ statuses: ClosedRange<Int>) {
                self.what = what
                self.request = request
                self.statuses = statuses
            }
        }

        /// Sends everything; afterwards the server is alive, small and right.
        private func expectRefusals(_ table: [Bad]) async throws {
            try await withServer { server in
                let caller = try await server.login()
                for bad in table {
                    let answer = try await caller.send(bad.request)
                    #expect(bad.statuses.contains(answer.status), "\(bad.what): \(answer.text)")
                    let problem = try #require(answer.problem, "\(bad.what): \(answer.text)")
                    #expect(problem.status == answer.status && problem.detail?.isEmpty == false, "\(bad.what)")
                }
                let good = try await caller.analyse(Self.picture, Self.path, type: "image/bmp")
                #expect(good.status == 200 && server.child.isRunning)
                let resident = try server.child.residentBytes()
                #expect(resident < Self.memoryLimit, "\(resident >> 20) MB")
            }
        }

        @Test func picturesThatAreNoneAreRefused() async throws {
            let text = Data("this is no picture at all".utf8)
            try await expectRefusals([
                Bad("text called a JPEG", .post(Self.path, text, type: "image/jpeg"), 415),
                Bad("text in a form", .form(Self.path, [.picture(text)]), 415),
                Bad("a text type", .post(Self.path, Self.picture, type: "text/html"), 415),
                Bad("an empty body", .post(Self.path, Data(), type: "image/jpeg"), 422),
                Bad("an empty part", .form(Self.path, [.picture(Data())]), 422),
                Bad("a JPEG of 65535 × 65535", .post(Self.path, Pictures.hugeJPEG, type: "image/jpeg"), 413),
                Bad("a PNG of 65535 × 65535", .post(Self.path, Pictures.hugePNG, type: "image/png"), 413),
                Bad("JSON without a picture", .json(Self.path, Data("{}".utf8)), 422),
                Bad("JSON without base64", .json(Self.path, Data(#"{"image":"?"}"#.utf8)), 422),
                Bad("no JSON", .json(Self.path, Data(#"{"image":"#.utf8)), 400...422),
            ])
        }

        @Test(.enabled(if: Places.hasPhotographs, Comment(rawValue: Places.noPhotographs)))
        func aPictureCutOffAnywhereIsRefused() async throws {
            let picture = try Pictures.plate()
            try await expectRefusals(
                (1...20).map { step in
                    let cut = picture.prefix(picture.count * step / 21)
                    return Bad("cut at \(cut.count)", .post(Self.path, cut, type: "image/jpeg"), 422)
                })
        }

        @Test func formsThatAreNoneAreRefused() async throws {
            let long = String(repeating: "b", count: 71)
            let parts = (0..<10_000).map { FormPart.option("camera_id", "\($0)") }
            var open = Request.form(Self.path, [.picture(Self.picture)])
            open.body = open.body.dropLast(20)
            try await expectRefusals([
                Bad("no part named image", .form(Self.path, [.picture(Self.picture, name: "photo")]), 422),
                Bad("two pictures", .form(Self.path, [.picture(Self.picture), .picture(Self.picture)]), 422),
                Bad("10,000 parts", .form(Self.path, parts + [.picture(Self.picture)]), 400...499),
                Bad("a long boundary", .form(Self.path, [.picture(Self.picture)], boundary: long), 400),
                Bad("no boundary", .post(Self.path, Self.picture, type: "multipart/form-data"), 400),
                Bad("no last boundary", open, 400...422),
                Bad("an unknown option", .form(Self.path, [.picture(Self.picture), .option("colour", "1")]), 422),
                Bad("an unknown query", .post(Self.path + "?colour=1", Self.picture, type: "image/bmp"), 422),
            ])
        }

        @Test func aBodyOverTheLimitIsRefusedBeforeItIsReadAndWhileItStreams() async throws {
            var declared = Request.post(Self.path, Data(), type: "image/jpeg")
            declared.framing = .declared(21 << 20)
            var streamed = Request.post(Self.path, Data(count: 24 << 20), type: "image/jpeg")
            streamed.framing = .chunked(1 << 20)
            try await expectRefusals([
                Bad("21 MB announced", declared, 413), Bad("24 MB in chunks", streamed, 413),
            ])
        }

        @Test func nothingIsToldWithoutACredential() async throws {
            try await withServer { server in
                let calls: [(Request, Set<Int>)] = [
                    (.post(Self.path, Self.picture, type: "image/bmp"), [401]),
                    (Request(path: "/analytics/detections"), [401]), (Request(path: "/auth/me"), [401]),
                    (Request(path: "/there/is/nothing"), [401, 404]),
                ]
                for caller in [server.anonymous, Caller(port: server.port, token: "abc.def.ghi")] {
                    for (request, statuses) in calls {
                        let answer = try await caller.send(request)
                        #expect(statuses.contains(answer.status), "\(request.path): \(answer.text)")
                        #expect(answer.problem?.requestID?.isEmpty == false, "\(request.path): \(answer.text)")
                    }
                }
            }
        }

        @Test func anEmptyPictureIsAnsweredWithEmptyLists() async throws {
            try await withServer { server in
                let caller = try await server.login()
                let black = Pictures.black(width: 640, height: 480)
                let path = "/analyze?tasks=persons,faces,vehicles,plates"
                let reply = try await caller.analyse(black, path, type: "image/bmp")
                #expect(reply.status == 200, "\(reply.text)")
                let answer = try reply.json(AnalysisAnswer.self)
                #expect(answer.persons?.isEmpty == true && answer.personCount == 0)
                #expect(answer.faces?.isEmpty == true && answer.vehicles?.isEmpty == true)
                #expect(answer.plates?.isEmpty == true && answer.id != nil)
            }
        }
    }
}
