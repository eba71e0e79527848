import AIBoxAPI
import Foundation
import Gallery
import NIOCore
import Pipelines
import ServiceClients

// Enrolment, verification and the examination of the gallery.
extension ModelServer {
    public func enrol(_ picture: ByteBuffer, _ request: EnrolmentRequest) async throws -> EnrolmentOutcome {
        try await answering {
            let recognition = try requireRecognition()
            let (_, face, crop) = try await analyzer.describeFace(
                picture, Self.options(deadlineMS: request.deadlineMS), isCropped: request.keepCrop
            ) { try Self.enrolled($0, request) }
            guard let template = face.templates.first else { throw FaceRefusal.turned.problem() }
            try await recognition.gallery.catchUp()
            let alike = try await recognition.resemblances(of: [face.templates], limit: 10)
            return EnrolmentOutcome(
                template: FaceTemplate(template), boundingBox: BoundingBox(face.detection.box),
                quality: AIBoxAPI.FaceQuality(face.quality), liveness: face.liveness.map(AIBoxAPI.Liveness.init),
                matches: alike[0].map {
                    FaceMatch(
                        id: $0.person, name: "", similarity: $0.similarity.rounded(to: 4),
                        cosine: $0.cosine.rounded(to: 4))
                }, crop: crop.map { Data($0) })
        }
    }

    /// A crop that was kept was usable when it was made.
    private static func enrolled(_ analysis: Analysis, _ request: EnrolmentRequest) throws -> Face {
        if request.isCrop {
            guard let face = analysis.mostCentralFace else { throw FaceRefusal.none.problem() }
            return face
        }
        do {
            return try FaceUse.enrollable(analysis.faces ?? [], requireLive: request.requireLive).get()
        } catch {
            throw error.problem()
        }
    }

    public func verify(
        _ picture: ByteBuffer, with other: ByteBuffer, _ request: VerificationRequest
    ) async throws -> VerificationAnswer {
        try await answering {
            let recognition = try requireRecognition()
            let options = Self.options(deadlineMS: request.deadlineMS)
            async let first = analyzer.describeFace(picture, options, isCropped: false) {
                try Self.largest($0, of: "image1")
            }
            async let second = analyzer.describeFace(other, options, isCropped: false) {
                try Self.largest($0, of: "image2")
            }
            let (one, two) = (try await first, try await second)
            let faces = [one.face, two.face]
            guard let left = faces[0].templates.first, let right = faces[1].templates.first else {
                throw FaceRefusal.turned.problem(field: faces[0].templates.isEmpty ? "image1" : "image2")
            }
            let model = left.model
            let cosine = zip(left.vector, right.vector).reduce(0) { $0 + Double($1.0) * Double($1.1) }
            let threshold = recognition.threshold(of: model)
            let isLive = faces.allSatisfy { $0.liveness?.isLive == true }
            var times = one.analysis.times
            times += two.analysis.times
            return VerificationAnswer(
                similarity: recognition.similarity(cosine, of: model).rounded(to: 4), cosine: cosine.rounded(to: 4),
                same: cosine >= threshold && (isLive || !request.requireLive),
                live: faces.contains { $0.liveness == nil } ? nil : isLive, threshold: threshold.rounded(to: 4),
                falseAcceptRate: recognition.falseAcceptRate, faces: faces.map { FaceItem($0, isRecognized: false) },
                models: one.analysis.models.map(ModelUse.init), requestID: request.requestID, processingTimeMS: 0,
                timing: StageTiming(times))
        }
    }

    private static func largest(_ analysis: Analysis, of field: String) throws -> Face {
        guard let face = FaceUse.largest(analysis.faces ?? []) else { throw FaceRefusal.none.problem(field: field) }
        return face
    }

    public func checkGallery(limit: Int) async throws -> GalleryReport {
        try await answering {
            let recognition = try requireRecognition()
            try await recognition.gallery.catchUp()
            let model = try analyzer.models.presentEmbeddingModel.get().entry
            guard let index = recognition.gallery.index(ofModel: model.sha256) else {
                return recognition.emptyReport(model)
            }
            return try await recognition.report(on: index, model, limit: limit)
        }
    }

    /// What the analysis of pictures for a gallery asks for.
    private static func options(deadlineMS: Int?) -> AnalysisOptions {
        AnalysisOptions(
            tasks: [.faces, .recognition], maximumResults: 20,
            deadline: deadlineMS.map { ContinuousClock.now + .milliseconds($0) })
    }
}
