#!/usr/bin/env pwsh
<#
.SYNOPSIS
    Builds, tests, runs and packs Payments. Needs PowerShell 7 and the .NET SDK, on Windows, Linux or macOS.
.EXAMPLE
    ./build.ps1 test
.NOTES
    build    dotnet build Payments.sln
    test     dotnet test Payments.sln
    run      dotnet run --project src/Payments.Api
    openapi  dotnet test tests/Payments.Api.Tests --filter OpenApiDocumentTests -e PAYMENTS_RENEW_OPENAPI=true
             dotnet run --project tools/Payments.ClientGenerator
    pack     dotnet pack src/Payments.Client --configuration Release --output artifacts/packages, and the same for src/Payments.Client.AspNetCore
    publish  dotnet publish src/Payments.Api --configuration Release --self-contained, for linux-x64, win-x64 and osx-arm64;
             writes an archive of each to artifacts/publish
#>
[CmdletBinding()]
param(
    [Parameter(Position = 0)]
    [ValidateSet('build', 'test', 'run', 'openapi', 'pack', 'publish')]
    [string] $Task = 'build'
)

Set-StrictMode -Version Latest
$ErrorActionPreference = 'Stop'

function Invoke-DotNet {
    Write-Host "dotnet $args"
    & dotnet @args
    if ($LASTEXITCODE -ne 0) { throw "dotnet $($args[0]) failed with exit code $LASTEXITCODE." }
}

function Publish-Service([string] $Version, [string] $Runtime) {
    $name = "payments-$Version-$Runtime"
    Invoke-DotNet publish src/Payments.Api --configuration Release --self-contained --runtime $Runtime --output artifacts/publish/$name
    & tar --create --gzip --file artifacts/publish/$name.tar.gz --directory artifacts/publish $name
    if ($LASTEXITCODE -ne 0) { throw "tar failed with exit code $LASTEXITCODE." }
}

Push-Location $PSScriptRoot
try {
    switch ($Task) {
        'build' { Invoke-DotNet build Payments.sln }
        'test' { Invoke-DotNet test Payments.sln }
        'run' { Invoke-DotNet run --project src/Payments.Api }
        'openapi' {
            Invoke-DotNet test tests/Payments.Api.Tests --filter OpenApiDocumentTests -e PAYMENTS_RENEW_OPENAPI=true
            Invoke-DotNet run --project tools/Payments.ClientGenerator
        }
        'pack' {
            foreach ($project in 'src/Payments.Client', 'src/Payments.Client.AspNetCore') {
                Invoke-DotNet pack $project --configuration Release --output artifacts/packages
            }
        }
        'publish' {
            $version = & dotnet msbuild src/Payments.Api -getProperty:Version
            foreach ($runtime in 'linux-x64', 'win-x64', 'osx-arm64') { Publish-Service $version $runtime }
        }
    }
}
finally {
    Pop-Location
}
