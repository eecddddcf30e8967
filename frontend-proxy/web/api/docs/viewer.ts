/** The description of the API, with a form for every request. Who is signed in asks as themselves. */

import SwaggerUI from 'swagger-ui-dist/swagger-ui-es-bundle.js';
import 'swagger-ui-dist/swagger-ui.css';
import './page.css';

SwaggerUI({
  url: '/api/openapi.json',
  dom_id: '#viewer',
  deepLinking: true,
  // Nothing of the page goes to the site that checks documents for its makers.
  validatorUrl: null,
});
