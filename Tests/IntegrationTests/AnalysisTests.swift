import AIBoxAPI
import Foundation
import TestSupport
import Testing

extension LiveTests {
    @Suite(
        .enabled(if: Places.canServe, Comment(rawValue: Places.cannotServe)),
        .enabled(if: Places.hasPhotographs, Comment(rawValue: Places.noPhotographs)), .timeLimit(.minutes(3)))
    struct AnalysisTests {
        @Test func aPlateIsReadStoredAndStillThereAfterAKill() async throws {
            try await withTemporaryFolder { folder in
                let picture = try Pictures.plate()
                let answer = try await withServer(in: folder) { server in
                    let caller = try await server.login()
                    let parts: [FormPart] = [
                        .picture(picture), .option("save_image", "true"), .option("camera_id", "gate"),
                    ]
                    let reply = try await caller.send(.form("/vehicle-analysis/license-plate", parts))
                    #expect(reply.status == 200, "\(reply.text)")
                    let answer = try reply.json(AnalysisAnswer.self)
                    try Self.expectThePlate(answer)
                    try await Self.expectStored(answer, picture, caller)
                    try await server.kill()
                    return answer
                }
                try await withServer(in: folder) { server in
                    try await Self.expectStored(answer, picture, try await server.login())
                }
            }
        }

        private static func expectThePlate(_ answer: AnalysisAnswer) throws {
            let plate = try #require(answer.plates?.first)
            #expect(answer.task == "plates" && !answer.requestID.isEmpty && answer.processingTimeMS > 0)
            #expect(answer.image == ImageSize(width: 1280, height: 719))
            #expect(plate.plateNumber == "GWT2180" && plate.characters.map(\.char).joined() == "GWT2180")
            #expect(plate.corners.count == 4 && (0.5...1).contains(plate.confidence))
            #expect(plate.candidates.first?.plateNumber == "GWT2180")
            let box = plate.boundingBox
            #expect(box.x >= 0 && box.y >= 0 && box.x + box.width <= 1280 && box.y + box.height <= 719)
            #expect(answer.models.allSatisfy { !$0.engine.isEmpty } && !answer.models.isEmpty)
            #expect(answer.timing.decodeMS > 0 && answer.timing.inferenceMS > 0 && answer.timing.storeMS > 0)
            #expect(answer.persons == nil && answer.faces == nil && answer.vehicles == nil)
        }

        private static func expectStored(_ answer: AnalysisAnswer, _ picture: Data, _ caller: Caller) async throws {
            let inference = try #require(answer.id)
            let plate = try #require(answer.plates?.first)
            let list = try await caller.get("/analytics/detections?inference_id=\(inference)&camera_id=gate")
            let page = try list.json(Page<DetectionRecord>.self)
            #expect(page.items.map(\.id) == answer.plates?.map(\.id) && page.nextCursor == nil)
            let item = try await caller.get("/analytics/detections/\(plate.id)").json(DetectionRecord.self)
            #expect(item.inferenceID == inference && item.plateNumber == "GWT2180" && item.hasImage)
            #expect(item.boundingBox == plate.boundingBox && item.details.corners == plate.corners)
            let whole = try await caller.get("/analytics/detections/\(inference)").json(InferenceRecord.self)
            #expect(whole.detections.map(\.id).contains(plate.id) && whole.cameraID == "gate")
            let image = try await caller.get("/analytics/detections/\(plate.id)/image")
            #expect(image.body == picture && image.headers["content-type"] == "image/jpeg")
        }

        @Test func aRawBodyIsAnsweredForAllTasksAndAsADrawnPicture() async throws {
            try await withServer { server in
                let caller = try await server.login()
                let path = "/analyze?tasks=persons,faces,vehicles,plates"
                let reply = try await caller.analyse(try Pictures.plate(), path)
                let answer = try reply.json(AnalysisAnswer.self)
                #expect(answer.task == "analyze" && answer.personCount == answer.persons?.count)
                #expect(answer.persons != nil && answer.faces != nil && answer.vehicles?.isEmpty == false)
                #expect(answer.plates?.first?.plateNumber == "GWT2180")

                var request = Request.post(path, try Pictures.plate(), type: "image/jpeg")
                request.headers["Accept"] = "image/jpeg"
                let drawn = try await caller.send(request)
                #expect(drawn.status == 200 && drawn.headers["content-type"] == "image/jpeg")
                #expect(drawn.body.starts(with: [0xFF, 0xD8, 0xFF]) && drawn.body.suffix(2) == Data([0xFF, 0xD9]))
            }
        }

        @Test func withoutStoringNothingIsStored() async throws {
            try await withServer { server in
                let caller = try await server.login()
                let reply = try await caller.analyse(try Pictures.plate(), "/vehicle-analysis/license-plate?store=none")
                let answer = try reply.json(AnalysisAnswer.self)
                #expect(answer.id == nil && answer.timing.storeMS == 0)
                let page = try await caller.get("/analytics/detections").json(Page<DetectionRecord>.self)
                #expect(page.items.isEmpty)
            }
        }

        @Test(arguments: [1, 1 << 10, 1 << 20]) func aChunkedBodyIsAnsweredLikeAWholeOne(size: Int) async throws {
            try await withServer { server in
                let caller = try await server.login()
                var request = Request.post("/vehicle-analysis/license-plate", try Pictures.plate(), type: "image/jpeg")
                let whole = try await caller.send(request).json(AnalysisAnswer.self)
                request.framing = .chunked(size)
                let chunked = try await caller.send(request).json(AnalysisAnswer.self)
                #expect(chunked.plates?.map(\.plateNumber) == ["GWT2180"])
                #expect(chunked.plates?.map(\.boundingBox) == whole.plates?.map(\.boundingBox))
            }
        }
    }
}
