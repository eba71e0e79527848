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
            let (analysis, crops) = try await analyzer.describeFaces(
                picture, Self.options(deadlineMS: request.deadlineMS), crops: request.keepCrop)
            let faces = analysis.faces ?? []
            let face = try Self.enrolled(faces, request)
            guard let template = face.templates.first else { throw FaceRefusal.turned.problem() }
            try await recognition.gallery.catchUp()
            let alike = try await recognition.resemblances(of: [face.templates], limit: 10)
            let crop = faces.firstIndex { $0.detection.box == face.detection.box }.flatMap { index in
                crops.indices.contains(index) ? Data(crops[index]) : nil
            }
            return EnrolmentOutcome(
                template: FaceTemplate(template), boundingBox: BoundingBox(face.detection.box),
                quality: AIBoxAPI.FaceQuality(face.quality), liveness: face.liveness.map(AIBoxAPI.Liveness.init),
                matches: alike[0].map {
                    FaceMatch(
                        id: $0.person, name: "", similarity: $0.similarity.rounded(to: 4),
                        cosine: $0.cosine.rounded(to: 4))
                }, crop: crop)
        }
    }

    /// A crop that was kept was usable when it was made.
    private static func enrolled(_ faces: [Face], _ request: EnrolmentRequest) throws -> Face {
        if request.isCrop {
            guard let face = FaceUse.largest(faces) else { throw FaceRefusal.none.problem() }
            return face
        }
        do {
            return try FaceUse.enrollable(faces, requireLive: request.requireLive).get()
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
            async let first = analyzer.describeFaces(picture, options, crops: false)
            async let second = analyzer.describeFaces(other, options, crops: false)
            let analyses = [try await first.analysis, try await second.analysis]
            let faces = try zip(analyses, ["image1", "image2"]).map { analysis, field in
                guard let face = FaceUse.largest(analysis.faces ?? []) else {
                    throw FaceRefusal.none.problem(field: field)
                }
                return face
            }
            guard let left = faces[0].templates.first, let right = faces[1].templates.first else {
                throw FaceRefusal.turned.problem(field: faces[0].templates.isEmpty ? "image1" : "image2")
            }
            let model = left.model
            let cosine = zip(left.vector, right.vector).reduce(0) { $0 + Double($1.0) * Double($1.1) }
            let threshold = recognition.threshold(of: model)
            let isLive = faces.allSatisfy { $0.liveness?.isLive == true }
            var times = analyses[0].times
            times += analyses[1].times
            return VerificationAnswer(
                similarity: recognition.similarity(cosine, of: model).rounded(to: 4), cosine: cosine.rounded(to: 4),
                same: cosine >= threshold && (isLive || !request.requireLive), threshold: threshold.rounded(to: 4),
                falseAcceptRate: recognition.falseAcceptRate, faces: faces.map { FaceItem($0, isRecognized: false) },
                models: analyses[0].models.map(ModelUse.init), requestID: request.requestID, processingTimeMS: 0,
                timing: StageTiming(times))
        }
    }

    public func checkGallery(limit: Int) async throws -> GalleryReport {
        try await answering {
            let recognition = try requireRecognition()
            try await recognition.gallery.catchUp()
            let model = try analyzer.models.presentEmbeddingModel.get().entry
            guard let index = recognition.gallery.index(ofModel: model.sha256) else {
                return recognition.emptyReport
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
