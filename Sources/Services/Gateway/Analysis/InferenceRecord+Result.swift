import AIBoxAPI

extension InferenceRecord {
    /// What is stored of an answer: its head, and a row for each item.
    init(
        id: UUIDv7, requestID: String, task: String, result: AnalysisResult, options: AnalysisOptions,
        receivedAt: Timestamp
    ) {
        let capturedAt = options.capturedAt ?? receivedAt
        func row(_ item: some AnalysisItem, _ details: DetectionDetails, plate: String? = nil) -> DetectionRecord {
            DetectionRecord(
                id: item.id, inferenceID: id, task: type(of: item).task, label: item.label,
                confidence: item.confidence, boundingBox: item.boundingBox, plateNumber: plate, details: details,
                cameraID: options.cameraID, deviceID: options.deviceID, capturedAt: capturedAt, createdAt: receivedAt,
                hasImage: options.isPictureSaved)
        }
        var rows = (result.persons ?? []).map { row($0, DetectionDetails($0)) }
        rows += (result.faces ?? []).map { row($0, DetectionDetails($0)) }
        rows += (result.vehicles ?? []).filter { $0.isWholePicture != true }.map { row($0, DetectionDetails($0)) }
        rows += (result.poses ?? []).map { row($0, DetectionDetails($0)) }
        rows += (result.plates ?? []).map { row($0, DetectionDetails($0), plate: $0.plateNumber) }
        self.init(
            id: id, requestID: requestID, task: task, models: result.models, image: result.image,
            timing: result.timing, cameraID: options.cameraID, deviceID: options.deviceID, capturedAt: capturedAt,
            createdAt: receivedAt, hasImage: options.isPictureSaved, detections: rows)
        metadata = options.metadata
    }
}

extension DetectionDetails {
    fileprivate init(_ face: FaceItem) {
        self.init()
        landmarks = face.landmarks
        quality = face.quality
        person = face.person
        liveness = face.liveness
    }

    fileprivate init(_ person: PersonItem) {
        self.init()
        attributes = person.attributes
        behavior = person.behavior
        behaviorConfidence = person.behaviorConfidence
        handsRaised = person.handsRaised
    }

    fileprivate init(_ pose: PoseItem) {
        self.init()
        keypoints = pose.keypoints
    }

    fileprivate init(_ vehicle: VehicleItem) {
        self.init()
        color = vehicle.color
    }

    fileprivate init(_ plate: PlateItem) {
        self.init()
        corners = plate.corners
        countryCode = plate.countryCode
        characters = plate.characters
        candidates = plate.candidates
        vehicle = plate.vehicle
    }
}
