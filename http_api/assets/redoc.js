Redoc.init(
  "openapi.json",
  { hideDownloadButtons: false, expandResponses: "200,202", jsonSampleExpandLevel: 3, nativeScrollbars: true },
  document.getElementById("redoc"),
);
